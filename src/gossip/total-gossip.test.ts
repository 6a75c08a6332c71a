/** Real nodes over a network in memory: all receive the same, once, in one order. */
import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { compareVectorClocks } from "../core/vector-clock.ts";
import "../node/launch.ts";
import "../node/orderer/raft-engine.ts";
import { msgpackValues } from "../node/topics/msgpack.wire.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { config } from "./config.ts";
import type {
  ConfiguredTotal,
  ReceivedTotalPacket,
  TotalOptions,
  TotalSnapshots,
} from "./total.api.ts";

type Words = readonly string[];
type Node = ConfiguredTotal<string, Words>;

const started: Node[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map(({ gossip }) => gossip.stop()));
});

const voters = ["ann", "bob", "cat"];

function one(id: string, options: Omit<TotalOptions<string, Words>, "mode" | "voters">): Node {
  const made = config<string, Words>("127.0.0.1", 0, id, {
    mode: "total",
    voters,
    timeoutMs: 50_000,
    ...options,
  });
  started.push(made);
  return made;
}

async function joined(ids: readonly string[], options = {}) {
  const nodes = ids.map((id) => one(id, options));
  const [first, ...others] = nodes;
  const place = (await first?.gossip.listening()) ?? "";
  await Promise.all(others.map(({ gossip }) => gossip.join(place)));
  return { nodes, place };
}

async function read({ receive }: Node, count: number): Promise<ReceivedTotalPacket<string>[]> {
  const packets: ReceivedTotalPacket<string>[] = [];
  for await (const packet of receive) {
    packets.push(packet);
    if (packets.length === count) break;
  }
  return packets;
}

const initial: Words = [];
const snapshots: TotalSnapshots<string, Words> = {
  initial,
  apply: (words, { data }) => [...words, data],
};

describe('gossip with mode: "total"', () => {
  it("gives all nodes the same packets in one order, with their clocks", async () => {
    const { nodes } = await joined(voters, { transport: memoryNetwork() });
    const sends = nodes.flatMap(({ gossip }) =>
      [1, 2, 3].map((number) => gossip.sendGossip(`${gossip.id} ${number}`)),
    );
    const sent = await Promise.all(sends);
    const all = await Promise.all(nodes.map((node) => read(node, 9)));
    const [first = []] = all;
    for (const packets of all) {
      expect(packets.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    }
    expect(first.map(({ orderIndex }) => orderIndex)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(first.map(({ id }) => id))).toEqual(new Set(sent.map(({ id }) => id)));
    for (const [at, { author, data, hash, id, vectorClock, version }] of first.entries()) {
      expect(id.endsWith(`:${version}`)).toBe(true);
      expect(data.startsWith(author)).toBe(true);
      const bytes = msgpackValues().encode(data);
      expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
      // Nothing stands before what it came after.
      for (const later of first.slice(at + 1)) {
        expect(compareVectorClocks(vectorClock, later.vectorClock)).not.toBe("after");
      }
    }
    expect(nodes[1]?.gossip.currentView().map(({ id }) => id)).toEqual(["ann", "cat"]);
    expect(nodes[1]?.gossip.status()).toMatchObject({ name: "gossip", orderedIndex: 9 });
  });

  it("waits for what the caller asks for", async () => {
    const { nodes } = await joined(voters, { transport: memoryNetwork(), snapshots });
    const [ann] = nodes;
    if (ann === undefined) return expect.unreachable();
    const durable = await ann.gossip.sendGossip("a");
    expect(durable).toEqual({ id: `${durable.id}`, version: 1, orderIndex: undefined });
    await ann.gossip.sendGossip("b", { wait: "majority" });
    const ordered = await ann.gossip.sendGossip("c", { wait: "ordered" });
    expect(ordered.orderIndex).toBe(3);
    await ann.gossip.sendGossip("d", { wait: "applied" });
    expect(ann.gossip.state).toEqual(["a", "b", "c", "d"]);
  });

  it("gives who comes late the snapshot and the rest", async () => {
    const transport = memoryNetwork();
    const orderedLog = {
      ...{ trailingCount: 5, trimStepCount: 5, snapshotAfterCount: 10, reportIntervalMs: 50 },
    };
    const raft = { trailingEntriesCount: 20, snapshotAfterCount: 40 };
    const options = { transport, orderedLog, raft, snapshots };
    const { nodes, place } = await joined(voters, options);
    const [ann] = nodes;
    if (ann === undefined) return expect.unreachable();
    const words: string[] = [];
    const isTrimmed = (): boolean => (ann.gossip.status()?.trimmedIndex ?? 0) > 0;
    while (!isTrimmed()) {
      words.push(`w${words.length}`);
      await ann.gossip.sendGossip(words.at(-1) ?? "", { wait: "ordered" });
    }
    const told: { state: Words; orderIndex: number }[] = [];
    const onSnapshot = (state: Words, orderIndex: number): void => {
      told.push({ state, orderIndex });
    };
    const late = one("late", { ...options, snapshots: { ...snapshots, onSnapshot } });
    await late.gossip.join(place);
    await ann.gossip.sendGossip("last", { wait: "ordered" });
    words.push("last");
    const rest: ReceivedTotalPacket<string>[] = [];
    for await (const packet of late.receive) {
      rest.push(packet);
      if (packet.data === "last") break;
    }
    expect(told).toHaveLength(1);
    const [{ orderIndex, state } = { orderIndex: 0, state: initial }] = told;
    expect(orderIndex).toBeGreaterThan(0);
    expect(state).toEqual(words.slice(0, orderIndex));
    expect(rest.map(({ data }) => data)).toEqual(words.slice(orderIndex));
    expect(rest[0]?.orderIndex).toBe(orderIndex + 1);
    expect(late.gossip.state).toEqual(words);
  });

  it("says what is wrong with what it was given", async () => {
    const wrong = { mode: "total", voters: [] } as const;
    expect(() => config("127.0.0.1", 0, "ann", wrong)).toThrow(/voters/);
    const strange = { mode: "total", voters, fanoutCount: 3 } as const;
    expect(() => config("127.0.0.1", 0, "ann", strange)).toThrow(/fanoutCount is no option/);
    const alone = one("ann", { transport: memoryNetwork(), timeoutMs: 200 });
    await expect(alone.gossip.join("127.0.0.1:9")).rejects.toThrow(/JOIN_FAILED/);
    await expect(alone.gossip.sendGossip("x")).rejects.toThrow(/TIMEOUT/);
    await alone.gossip.leave();
    await expect(alone.gossip.sendGossip("x")).rejects.toThrow(/NODE_STOPPED/);
    expect(await read(alone, 1)).toEqual([]);
  });
});
