import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { type HearsayNode, startNode } from "../../src/index.ts";
import { firstLine } from "./first-line.ts";

const program = fileURLToPath(new URL("answering-process.ts", import.meta.url));
const children: ChildProcess[] = [];
let node: HearsayNode | undefined;

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await node?.stop();
});

/** Resolves to its pid when it has joined. */
async function answering(join: string): Promise<[ChildProcess, number]> {
  const args = ["--import", "tsx", program, "p2", join];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return [child, Number(await firstLine(child))];
}

it("a killed peer is noticed at once, and its next life is asked like the first", async () => {
  node = await startNode({ name: "p1", bind: "127.0.0.1:0" });
  const ask = node.topic<string, "Ask", string>("Ask");
  const peer = node.peer("p2");
  const [first, firstPid] = await answering(node.address);
  expect(await peer.request(ask, "hello")).toBe(`${firstPid} heard hello`);
  const waiting = peer.request(ask, "wait", { timeoutMs: 60_000 });
  // The link keeps its order: when this is answered, the other has arrived.
  await peer.request(ask, "again");
  first.kill("SIGKILL");
  await expect(waiting).rejects.toMatchObject({ code: "REQUEST_LOST" });
  expect(node.metrics()["links.closed.broken"]).toBe(1);
  const [, secondPid] = await answering(node.address);
  expect(secondPid).not.toBe(firstPid);
  await expect.poll(() => node?.members.get("p2")?.status).toBe("alive");
  await expect
    .poll(() => peer.request(ask, "hello").catch(String))
    .toBe(`${secondPid} heard hello`);
}, 240_000);
