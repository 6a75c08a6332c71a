/** A process whose main thread stands still for 20 s, with and without a responder. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { type HearsayNode, startNode } from "../../src/index.ts";
import type { Answer, Ask } from "./busy-process.ts";

const program = fileURLToPath(new URL("busy-process.ts", import.meta.url));
const OTHERS_COUNT = 9;
const BLOCK_MS = 20_000;

class BusyProcess {
  private readonly child: ChildProcess;
  private onAnswer: (answer: Answer) => void = () => {};

  constructor(join: string, responder: "worker" | "main") {
    const args = ["--import", "tsx", program, "busy", join, responder];
    this.child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.child.on("message", (answer: Answer) => this.onAnswer(answer));
  }

  next(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.onAnswer = resolve;
      this.child.once("exit", (code) => reject(new Error(`the busy one ended with ${code}`)));
    });
  }

  ask(ask: Ask): Promise<Answer> {
    const answer = this.next();
    this.child.send(ask);
    return answer;
  }

  end(): void {
    this.child.disconnect();
  }
}

interface Town {
  readonly nodes: readonly HearsayNode[];
  readonly busy: BusyProcess;
  /** What the others were told of the busy one: who, and what. */
  readonly told: Map<string, string[]>;
}

const towns: Town[] = [];
afterEach(async () => {
  for (const { busy, nodes } of towns.splice(0)) {
    busy.end();
    for (const node of nodes) await node.stop();
  }
});

async function makeTown(responder: "worker" | "main"): Promise<Town> {
  const nodes: HearsayNode[] = [];
  const told = new Map<string, string[]>();
  for (let index = 0; index < OTHERS_COUNT; index += 1) {
    const join = nodes.slice(0, 1).map((node) => node.address);
    const node = await startNode({ name: `p${index}`, bind: "127.0.0.1:0", join });
    const kinds: string[] = [];
    nodes.push(node);
    told.set(node.name, kinds);
    node.members.on(({ kind, member }) => {
      if (member.name === "busy") kinds.push(kind);
    });
  }
  const busy = new BusyProcess(nodes[0]?.address ?? "", responder);
  const town = { nodes, busy, told };
  towns.push(town);
  await busy.next();
  const statuses = () => nodes.map((node) => node.members.get("busy")?.status);
  await expect.poll(statuses).toEqual(nodes.map(() => "alive"));
  // What was said at first has been said.
  for (const kinds of told.values()) kinds.length = 0;
  return town;
}

test("a block of 20 s is no failure with a responder, and is one without", async () => {
  const [on, off] = await Promise.all([makeTown("worker"), makeTown("main")]);
  const block = { id: 1, blockMs: BLOCK_MS };
  const [answer, deaf] = await Promise.all([on.busy.ask(block), off.busy.ask(block)]);

  for (const [name, kinds] of on.told) {
    expect(kinds, name).not.toContain("fail");
    expect(kinds, name).toContain("degrade");
  }
  expect(on.told.size).toBe(OTHERS_COUNT);
  expect(answer.metrics["responder.acks"]).toBeGreaterThan(5);
  expect(answer.health).toMatchObject({ status: "degraded", responder: "worker" });
  expect(answer.health.trouble?.delayMs).toBeGreaterThanOrEqual(BLOCK_MS - 1_000);
  // Nor did the busy one itself, when it was back, bury anybody.
  expect(answer.told.filter((line) => line.startsWith("fail"))).toEqual([]);
  expect(on.nodes.map((node) => node.members.get("busy")?.status)).toEqual(
    on.nodes.map(() => "alive"),
  );

  expect([...off.told.values()].flat()).toContain("fail");
  expect(deaf.health.responder).toBe("main");
});
