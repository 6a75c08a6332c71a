/** Nodes whose packets are a thread's: all is as without it, to the end of the thread. */
import { createSocket } from "node:dgram";
import { afterEach, describe, expect, it } from "vitest";
import { type HearsayNode, startNode } from "../../src/index.ts";
import { responderOptions } from "../../src/node/responder/responder.options.ts";
import { SharedMarks } from "../../src/node/responder/shared-marks.ts";
import { ThreadDoor } from "../../src/node/responder/thread-door.ts";
import { degradedOptions } from "../../src/peers/degraded/degraded.options.ts";
import { swimOptions } from "../../src/peers/swim/swim.options.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { PacketSocket } from "../../src/transport/udp-tcp/packet-socket.ts";
import { udpTcpDefaults } from "../../src/transport/udp-tcp/udp-tcp.options.ts";

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
    await two.settled({ peersCount: 1, timeoutMs: 10_000 });

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
    expect(threadsCount()).toBe(before);
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  });
});

describe("a thread that ends by itself", () => {
  it("has its socket taken over by the main thread, which says so", async () => {
    const marks = new SharedMarks();
    const heard: number[] = [];
    const receiver = {
      onPacket: (_from: unknown, bytes: Uint8Array) => heard.push(...bytes),
      onTransportError: () => {},
    };
    let onLost: (how: string) => void = () => {};
    const lost = new Promise<string>((resolve) => {
      onLost = resolve;
    });
    const host = "127.0.0.1";
    const door = new ThreadDoor({
      start: {
        marks: marks.buffer,
        options: responderOptions(),
        swim: swimOptions("lan"),
        degraded: degradedOptions(),
        udp: udpTcpDefaults,
        label: "",
        keys: undefined,
        seed: 1,
      },
      marks,
      receiver,
      makeFallback: () => new PacketSocket(host, receiver, udpTcpDefaults),
      onCounts: () => {},
      onLost: ({ message }, mended) => onLost(`${mended}: ${message}`),
    });
    const free = createSocket("udp4");
    await new Promise<void>((resolve) => free.bind(0, host, resolve));
    const { port } = free.address();
    await new Promise<void>((resolve) => free.close(() => resolve()));
    await door.bind({ host, port });
    door.send({ host, port }, Uint8Array.of(1));
    await expect.poll(() => heard).toEqual([1]);
    await door["worker"].terminate();
    expect(await lost).toMatch(/^mended: /);
    door.send({ host, port }, Uint8Array.of(2));
    await expect.poll(() => heard).toEqual([1, 2]);
    await door.close();
  });
});
