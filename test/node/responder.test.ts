/** Nodes whose packets are a thread's: all is as without it, to the end of the thread. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type HearsayNode, startNode } from "../../src/index.ts";
import { Responder } from "../../src/node/responder/responder.ts";
import { RunningNode } from "../../src/node/running-node.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { PacketSocket } from "../../src/transport/udp-tcp/packet-socket.ts";

const KEYS = ["pUqJrVyVRj5jsiYEkM/tFQ==", "zWj/8VqRD4vs5oF1gM9QVA=="] as const;
const bind = "127.0.0.1:0";
const profile = "local";

const nodes: HearsayNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

/** Each thread that lives is heard through a port. */
function threadsCount(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
}

describe("a node with a responder", () => {
  it("is a member as any other, changes keys with the rest, and leaves no thread", async () => {
    const before = threadsCount();
    const one = await startNode({
      name: "p1",
      bind,
      keys: [KEYS[0]],
      profile,
      responder: "worker",
    });
    const two = await startNode({
      name: "p2",
      bind,
      keys: [KEYS[0]],
      profile,
      join: [one.address],
    });
    nodes.push(two, one);
    expect([one.health().responder, two.health().responder]).toEqual(["worker", "main"]);
    expect(threadsCount()).toBe(before + 1);
    await two.settled({ peersCount: 1, timeoutMs: 20_000 });

    const heard: unknown[] = [];
    two.topic("words").subscribe(({ value }) => heard.push(value));
    await one.topic("words").publish("before");
    await expect.poll(() => heard).toContain("before");
    for (const node of nodes) node.keyring.install(KEYS[1]);
    for (const node of nodes) node.keyring.use(KEYS[1]);
    for (const node of nodes) node.keyring.remove(KEYS[0]);
    await one.topic("words").publish("after");
    await expect.poll(() => heard).toContain("after");

    await one.leave();
    await expect.poll(() => two.members.get("p1")?.status).toBe("left");
    expect(threadsCount()).toBe(before);
  });

  it("has a socket of its own, and takes no address that is taken", async () => {
    const before = threadsCount();
    const refused = startNode({ bind, transport: memoryNetwork(), responder: "worker" });
    await expect(refused).rejects.toMatchObject({ code: "CONFIG_OPTION" });
    const wrong = startNode({ bind, responder: { busyMaxMs: 1 } });
    await expect(wrong).rejects.toMatchObject({ code: "CONFIG_OPTION" });

    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const taken = `127.0.0.1:${socket.address().port}`;
    const late = startNode({ bind: taken, responder: "worker" });
    await expect(late).rejects.toMatchObject({ code: "BIND_FAILED" });
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    const slow = startNode({ bind, responder: { threadMaxMs: 0 } });
    await expect(slow).rejects.toMatchObject({ code: "CONFIG_OPTION" });
    await expect(slow).rejects.toThrow("needs a thread");
    expect(threadsCount()).toBe(before);
  });
});

describe("a thread that ends by itself", () => {
  const warnings: string[] = [];
  const silent = (): void => {};
  const warn = (message: string): void => void warnings.push(message);
  const logger = { debug: silent, info: silent, warn, error: silent };

  async function start(): Promise<{ node: RunningNode; end(): Promise<number> }> {
    warnings.length = 0;
    const node = await startNode({ name: "p1", bind, profile, responder: "worker", logger });
    nodes.push(node);
    assert(node instanceof RunningNode);
    const { voice } = node["healthWatch"]["ports"];
    assert(voice instanceof Responder);
    const end = async () => (await voice["door"]?.["worker"].terminate()) ?? 0;
    return { node, end };
  }

  it("has its socket taken over by the main thread, which says so", async () => {
    const { end, node } = await start();
    await end();
    await expect.poll(() => warnings.join()).toContain("answers by its main thread from now on");
    expect(node.health().responder).toBe("lost");
    const other = await startNode({ name: "p2", bind, profile, join: [node.address] });
    nodes.push(other);
    const heard: unknown[] = [];
    other.topic("words").subscribe(({ value }) => heard.push(value));
    await other.settled({ peersCount: 1, timeoutMs: 20_000 });
    await node.topic("words").publish("after");
    await expect.poll(() => heard).toEqual(["after"]);
  });

  it("takes the node with it where the socket cannot be had again", async () => {
    const { end, node } = await start();
    vi.spyOn(PacketSocket.prototype, "bind").mockRejectedValueOnce(new Error("taken"));
    await end();
    expect(await node.closed).toMatchObject({ code: "BIND_FAILED" });
    expect(warnings.join()).not.toContain("from now on");
  });
});
