import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SerfMessage } from "./serf.messages.ts";
import { serfCodec } from "./serf.wire.ts";
import { Bench, recordOf } from "./serf-rig.ts";

const NO_BYTES = new Uint8Array(0);
const bytes = (text: string) => new TextEncoder().encode(text);
const GOSSIP_MS = 200;

/** Several Serfs over a membership that always works: gossip to everyone, every interval. */
class Town {
  readonly nodes: Bench[];
  private readonly gone = new Set<Bench>();
  private readonly sentCounts = new Map<Bench, number>();

  constructor(names: readonly string[]) {
    this.nodes = names.map((name, i) => new Bench({ codec: serfCodec, name, last: i + 1 }));
    for (const node of this.nodes) {
      for (const other of this.nodes) {
        if (other !== node) node.serf.onMemberJoin(other.membership.local);
      }
      node.ears.take();
    }
  }

  of(name: string): Bench {
    const node = this.nodes.find(({ membership }) => membership.local.name === name);
    if (node === undefined) throw new Error(`nobody is called ${name}`);
    return node;
  }

  run(forMs: number): void {
    for (let ms = 0; ms < forMs; ms += GOSSIP_MS) {
      for (const node of this.here()) {
        node.advance(GOSSIP_MS);
        this.gossip(node);
        this.deliver(node);
        this.carryOut(node);
      }
    }
  }

  /** The process is killed; SWIM finds out. */
  kill(name: string): void {
    const dead = this.of(name);
    this.gone.add(dead);
    for (const node of this.here()) node.serf.onMemberLeave(dead.membership.local);
  }

  private here(): Bench[] {
    return this.nodes.filter((node) => !this.gone.has(node));
  }

  private gossip(from: Bench): void {
    for (const to of this.here()) {
      if (to === from) continue;
      for (const payload of from.serf.takeBroadcasts(1_400, 3)) {
        to.serf.onUser(from.membership.local.address, payload);
      }
    }
  }

  private deliver(from: Bench): void {
    const sent = from.env.sent.splice(0);
    this.sentCounts.set(from, (this.sentCounts.get(from) ?? 0) + sent.length);
    for (const { to, message } of sent) this.hand(from, to.host, serfCodec.encode(message));
    for (const { to, payload } of from.membership.users.splice(0))
      this.hand(from, to.host, payload);
  }

  private hand(from: Bench, host: string, payload: Uint8Array): void {
    const node = this.here().find(({ membership }) => membership.local.address.host === host);
    node?.serf.onUser(from.membership.local.address, payload);
  }

  private carryOut(node: Bench): void {
    if (!node.membership.asked.splice(0).includes("leave")) return;
    for (const other of this.here()) other.serf.onMemberLeave(node.membership.local);
    node.serf.onMembershipLeft();
  }
}

describe("several Serfs", () => {
  it("deliver an event to each, once, whoever sends", () => {
    const town = new Town(["a", "b", "c", "d"]);
    town.of("a").serf.event("deploy", bytes("v1"), "never");
    town.of("d").serf.event("deploy", bytes("v2"), "never");
    town.run(2_000);
    for (const node of town.nodes) {
      const texts = node.ears.events.map(({ payload }) => new TextDecoder().decode(payload));
      expect(texts.sort()).toEqual(["v1", "v2"]);
      expect(node.serf.hasBroadcasts()).toBe(false);
    }
  });

  it("answer a query, with acks, and by relays too", () => {
    const town = new Town(["a", "b", "c", "d"]);
    const asker = town.of("a");
    const id = asker.serf.query({
      name: "load",
      payload: NO_BYTES,
      filters: [{ kind: "tag", tag: "role", expression: "" }],
      acks: "wanted",
      relayFactor: 2,
      timeoutMs: 3_000,
    });
    for (let round = 0; round < 5; round += 1) {
      town.run(GOSSIP_MS);
      for (const node of town.nodes) {
        for (const { handle } of node.ears.queries.splice(0)) {
          expect(node.serf.respond(handle, bytes(node.membership.local.name))).toBe(true);
        }
      }
    }
    town.run(3_000);
    const result = asker.ears.results.get(id);
    expect([...(result?.acks ?? [])].sort()).toEqual(["a", "b", "c", "d"]);
    const answers = result?.answers.map(({ from, payload }) => [
      from,
      new TextDecoder().decode(payload),
    ]);
    expect(answers?.sort()).toEqual([
      ["a", "a"],
      ["b", "b"],
      ["c", "c"],
      ["d", "d"],
    ]);
    expect(asker.tally.of("serf.dropped.duplicateResponse")).toBeGreaterThan(0);
    const carried = town.nodes.map(({ tally }) => tally.of("serf.relays.carried"));
    expect(carried.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(6);
  });

  it("see a leave as a leave and a death as a failure", () => {
    const town = new Town(["a", "b", "c", "d"]);
    town.kill("d");
    town.of("b").serf.leave();
    town.run(8_000);
    expect(town.of("b").ears.take()).toContain("left");
    for (const name of ["a", "c"]) {
      expect(town.of(name).serf.memberOf("b")?.status).toBe("left");
      expect(town.of(name).serf.memberOf("d")?.status).toBe("failed");
    }
    town.of("a").serf.forceLeave("d", "prune");
    town.run(2_000);
    for (const name of ["a", "c"]) expect(town.of(name).statusOf("d")).toBe("none");
  });

  it("bring a newcomer up to date by one push/pull", () => {
    const town = new Town(["a", "b", "c"]);
    town.of("b").serf.leave();
    town.of("a").serf.event("old", NO_BYTES, "never");
    town.run(8_000);
    const late = new Bench({ codec: serfCodec, name: "late", last: 9 });
    for (const { membership } of town.nodes) late.serf.onMemberJoin(membership.local);
    late.serf.onJoinBegun();
    late.serf.mergeRemoteState(town.of("a").serf.localState(), "join");
    late.serf.onJoinEnded("joined");
    late.serf.onMemberLeave(town.of("b").membership.local);
    expect(late.serf.memberOf("b")?.status).toBe("left");
    expect(late.ears.events).toEqual([]);
    late.serf.event("mine", NO_BYTES, "never");
    expect(late.ears.events[0]?.lTime).toBe(2);
  });
});

const lTime = fc.oneof(fc.nat(20), fc.constantFrom(2 ** 40, 2 ** 52, Number.MAX_SAFE_INTEGER));
const name = fc.constantFrom("me", "b", "c", "x", "", "y".repeat(200));
const payload = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(new Uint8Array(2_000)));
const addr = fc.constantFrom(Uint8Array.of(10, 0, 0, 7), NO_BYTES, new Uint8Array(16));
const queryName = fc.constantFrom(
  "load",
  "_serf_ping",
  "_serf_conflict",
  "_serf_install-key",
  "_serf_list-keys",
  "_serf_?",
);
const message: fc.Arbitrary<SerfMessage> = fc.oneof(
  fc.record({ kind: fc.constant("join" as const), lTime, node: name }),
  fc.record({ kind: fc.constant("leave" as const), lTime, node: name, prune: fc.boolean() }),
  fc.record({ kind: fc.constant("userEvent" as const), lTime, name, payload, cc: fc.boolean() }),
  fc.record({
    kind: fc.constant("query" as const),
    lTime,
    id: fc.nat(3),
    addr,
    port: fc.nat(65_535),
    sourceNode: name,
    filters: fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 2 }),
    flags: fc.nat(3),
    relayFactor: fc.nat(255),
    timeoutNs: fc.constantFrom(0, -1, 1e9, 1e15),
    name: queryName,
    payload,
  }),
  fc.record({
    kind: fc.constant("queryResponse" as const),
    lTime,
    id: fc.nat(3),
    from: name,
    flags: fc.nat(3),
    payload,
  }),
  fc.record({
    kind: fc.constant("relay" as const),
    destAddr: addr,
    destPort: fc.nat(65_535),
    destZone: fc.constant(""),
    destName: name,
    payload,
  }),
);

type Step = (node: Bench) => void;
const step: fc.Arbitrary<Step> = fc.oneof(
  message.map((heard) => (node: Bench) => node.hear(heard)),
  message.map((heard) => (node: Bench) => {
    node.serf.onMessage({ host: "10.0.0.9", port: 1 }, heard);
  }),
  fc.uint8Array({ maxLength: 40 }).map((raw) => (node: Bench) => {
    node.serf.onUser({ host: "10.0.0.9", port: 1 }, raw);
    node.serf.mergeRemoteState(raw, "join");
    node.serf.onPingComplete("b", raw.length, raw);
  }),
  name.map((who) => (node: Bench) => node.serf.onMemberJoin(recordOf(who, 2))),
  name.map((who) => (node: Bench) => node.serf.onMemberLeave(recordOf(who, 2))),
  name.map((who) => (node: Bench) => node.serf.onMemberUpdate(recordOf(who, 3))),
  name.map((who) => (node: Bench) => node.serf.onConflict({ name: who })),
  fc.nat(100_000).map((ms) => (node: Bench) => node.advance(ms)),
  fc.constant((node: Bench) => node.serf.leave()),
  fc.constant((node: Bench) => void node.takeBroadcasts()),
);

describe("hostile sequences", () => {
  it("never throw, and leave the table counted right and the clocks usable", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const node = new Bench({ codec: serfCodec });
        for (const take of steps) take(node);
        let visited = 0;
        node.serf.forEachMember(() => {
          visited += 1;
        });
        expect(visited).toBe(node.serf.membersCount);
        const heardBefore = node.ears.events.length;
        node.serf.event("still here", NO_BYTES, "never");
        expect(node.ears.events).toHaveLength(heardBefore + 1);
        expect(Number.isSafeInteger(node.ears.events.at(-1)?.lTime)).toBe(true);
        expect(serfCodec.decode(node.serf.localState())?.kind).toBe("pushPull");
      }),
      { numRuns: 300 },
    );
  });
});
