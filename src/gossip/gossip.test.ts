/** Real nodes on loopback, as a user has them. */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { HearsayError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { type Configured, config, type GossipOptions } from "./config.ts";
import type { GossipPacket } from "./packet.ts";

const started: Configured<unknown>[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map(({ gossip }) => gossip.stop()));
});

function one(id: string, options: GossipOptions = {}): Configured<unknown> {
  const made = config("127.0.0.1", 0, id, options);
  started.push(made);
  return made;
}

async function several(count: number, options: GossipOptions = {}): Promise<Configured<unknown>[]> {
  const nodes = Array.from({ length: count }, (_, number) => one(`n${number}`, options));
  const [first, ...others] = nodes;
  const place = (await first?.gossip.listening()) ?? "";
  await Promise.all(others.map(({ gossip }) => gossip.join(place)));
  return nodes;
}

async function read(node: Configured<unknown> | undefined, count: number) {
  const packets: GossipPacket[] = [];
  if (node === undefined) return packets;
  for await (const packet of node.receive) {
    packets.push(packet);
    if (packets.length === count) break;
  }
  return packets;
}

const refusal = (code: string) => ({ name: "HearsayError", code });

describe("gossip", () => {
  it("brings what one sends to all others, with its clock", async () => {
    const nodes = await several(5);
    const sent = await nodes[1]?.gossip.sendGossip({ text: "hello", at: new Date(5), big: 7n });
    for (const place of [0, 2, 3, 4]) {
      const [packet] = await read(nodes[place], 1);
      expect(packet).toMatchObject({ author: "n1", version: 1, gap: [], id: sent?.id });
      expect(packet?.data).toEqual({ text: "hello", at: new Date(5), big: 7n });
      expect(packet?.availableAt).toEqual(expect.arrayContaining(["n1", `n${place}`]));
      expect([...(packet?.vectorClock ?? [])]).toEqual([[sent?.id.split(":")[0], 1]]);
    }
    // An answer comes after what it answers, at whoever reads both.
    await nodes[2]?.gossip.sendGossip("answer");
    const [answer] = await read(nodes[0], 1);
    expect([...(answer?.vectorClock.values() ?? [])]).toEqual([1, 1]);
    expect(nodes[0]?.gossip.population).toBe(5);
    expect(
      nodes[0]?.gossip
        .currentView()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["n1", "n2", "n3", "n4"]);
  });

  it("sends what is too large for a datagram by a stream", async () => {
    const nodes = await several(3);
    await nodes[0]?.gossip.sendGossip(new Uint8Array(60_000).fill(3));
    for (const place of [1, 2]) {
      const [packet] = await read(nodes[place], 1);
      expect(packet?.data).toEqual(new Uint8Array(60_000).fill(3));
    }
    expect(nodes[0]?.gossip.counts()["gossip.streams"]).toBeGreaterThan(0);
  });

  it("keeps the order of an author through a flood, and holds senders back", async () => {
    const nodes = await several(3, { hotMaxCount: 50, roundIntervalMs: 5 });
    const numbers = Array.from({ length: 500 }, (_, number) => number);
    const sends = numbers.map(async (number) => nodes[0]?.gossip.sendGossip(number));
    const got = await read(nodes[2], 500);
    await Promise.all(sends);
    expect(got.map(({ data }) => data)).toEqual(numbers);
    expect(got.map(({ version }) => version)).toEqual(got.map((_, place) => place + 1));
  });

  it("drops the oldest when nobody reads, and says how many", async () => {
    const nodes = await several(2, { receiveMaxCount: 3 });
    for (let count = 0; count < 10; count += 1) await nodes[0]?.gossip.sendGossip(count);
    await nodes[1]?.gossip.sendGossip("done");
    await read(nodes[0], 1);
    // The last of ten is there when the answer that came after all of them is.
    await expect.poll(() => nodes[1]?.receive.dropped).toBe(7);
    expect((await read(nodes[1], 3)).map(({ data }) => data)).toEqual([7, 8, 9]);
    expect(nodes[1]?.gossip.counts()["gossip.dropped.unread"]).toBe(7);
  });

  it("runs on a network in memory too, with views by the name of their protocol", async () => {
    const transport = memoryNetwork();
    const nodes = await several(3, { transport, sampling: "cyclon" });
    await nodes[2]?.gossip.sendGossip("hello");
    expect((await read(nodes[1], 1))[0]?.data).toBe("hello");
  });
});

describe("errors that a caller can mend", () => {
  it("refuses what makes no sense, by name", () => {
    const make = (id: string, options: object) => () => config("127.0.0.1", 0, id, options);
    expect(make("a", { fanoutCuont: 1 })).toThrow(/fanoutCuont is no option. Did you mean fanout/);
    expect(make("a", null as never)).toThrow(/CONFIG_OPTION.*an object/);
    expect(make("a", { fanoutCount: 0 })).toThrow(/fanoutCount must be 1 or more/);
    expect(make("a", { selection: "oldest" })).toThrow(/must be one of "tail", "random", "head"/);
    expect(make("a", { mode: "any" })).toThrow(/must be one of "causal", "total"/);
    expect(make("a", { sampling: { viewMaxCount: 0 } })).toThrow(/viewMaxCount/);
    expect(make("a", { sampling: "cyclone" })).toThrow(/one of newscast, healer, .*cyclon/);
    for (const id of ["", "x".repeat(129), "a\nb"]) {
      expect(make(id, {})).toThrow(expect.objectContaining(refusal("NAME_INVALID")));
    }
    for (const [host, port] of [
      ["127.0.0.1", 65_536],
      ["127.0.0.1", 1.5],
      ["not a host", 1],
    ] as const) {
      expect(() => config(host, port, "a")).toThrow(
        expect.objectContaining(refusal("ADDRESS_INVALID")),
      );
    }
  });

  it("tells of a port that is taken to whoever asks or reads", async () => {
    const port = Number((await one("a").gossip.listening()).split(":")[1]);
    const { gossip, receive } = config("127.0.0.1", port, "b");
    await expect(gossip.sendGossip(1)).rejects.toMatchObject(refusal("BIND_FAILED"));
    await expect(gossip.join("127.0.0.1:1")).rejects.toMatchObject(refusal("BIND_FAILED"));
    await expect(receive[Symbol.asyncIterator]().next()).rejects.toThrow(HearsayError);
    await gossip.stop();
  });

  it("refuses peers that are none, and tells when nobody answers", async () => {
    const { gossip } = one("a", { joinTimeoutMs: 50 });
    for (const peer of ["127.0.0.1", "b/127.0.0.1:1", "", "127.0.0.1:0"]) {
      await expect(gossip.join(peer)).rejects.toMatchObject(refusal("ADDRESS_INVALID"));
    }
    await expect(gossip.join()).rejects.toMatchObject(refusal("ADDRESS_INVALID"));
    await expect(gossip.join("127.0.0.1:1")).rejects.toMatchObject(refusal("JOIN_FAILED"));
    // To oneself there is nobody either.
    await expect(gossip.join(await gossip.listening())).rejects.toMatchObject(
      refusal("JOIN_FAILED"),
    );
  });

  it("refuses data that cannot be sent", async () => {
    const { gossip } = one("a", { dataMaxBytes: 10 });
    await expect(gossip.sendGossip(new Map())).rejects.toMatchObject(refusal("CODEC_FAILED"));
    await expect(gossip.sendGossip("x".repeat(10))).rejects.toMatchObject(
      refusal("VALUE_TOO_LARGE"),
    );
  });

  it("ends what is read when it stops, and does nothing afterwards", async () => {
    const [a, b] = await several(2);
    const reading = read(a, 99);
    await a?.gossip.stop();
    await a?.gossip.stop();
    expect(await reading).toEqual([]);
    await expect(a?.gossip.sendGossip(1)).rejects.toMatchObject(refusal("NODE_STOPPED"));
    await expect(a?.gossip.join("127.0.0.1:1")).rejects.toMatchObject(refusal("NODE_STOPPED"));
    // The other heard the goodbye: there is nobody left.
    await expect.poll(() => b?.gossip.currentView()).toEqual([]);
  });
});

describe("hostile input", () => {
  it("is counted and dropped, and the node goes on", async () => {
    const [a, b] = await several(2);
    const port = Number((await a?.gossip.listening())?.split(":")[1]);
    const random = new Random(1);
    const socket = createSocket("udp4");
    const self = [0x48, 1, 4, 0x6e, 0x30, 0x23, 0x31, 7];
    const payloads = [self, [...self, 0x1a, 0], [0x48, 1, 4, 0x78, 0x30, 0x23, 0x31, 99, 1]];
    for (let count = 0; count < 300; count += 1) {
      payloads.push([0x48, 1, 4, 0x78, 0x30, 0x23, 0x31, 5 + random.below(3), ...random.bytes(30)]);
    }
    for (const payload of payloads) {
      await new Promise((done) => socket.send(Uint8Array.from(payload), port, "127.0.0.1", done));
    }
    socket.close();
    const stream = connect(port, "127.0.0.1");
    const closed = new Promise((done) => stream.once("close", done));
    stream.on("error", () => undefined);
    stream.write(Uint8Array.of(255, 255, 255, 255, 1));
    await closed;
    await b?.gossip.sendGossip("still here");
    const [packet] = await read(a, 1);
    expect(packet?.data).toBe("still here");
    const counts = a?.gossip.counts() ?? {};
    expect(counts["drop.packet.sampling"]).toBeGreaterThan(0);
    expect(counts["drop.packet.rumor"]).toBeGreaterThan(0);
    expect(counts["drop.packet.channel"]).toBeGreaterThan(0);
    expect(counts["drop.stream.frameTooLarge"]).toBe(1);
    expect(counts["gossip.dropped.self"]).toBe(1);
  });
});
