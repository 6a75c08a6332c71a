import { describe, expect, it } from "vitest";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { encodeHello } from "../../wire/link-hello.ts";
import { LinkSeal } from "../../wire/link-seal.ts";
import { type LinkParty, LinkTown, LOOSE, ringOf } from "./link-rig.ts";
import { PASSAGE_WINDOW_BYTES, RELAYED_CHANNEL } from "./relayed.messages.ts";
import { encodeRelayed } from "./relayed.wire.ts";

function townOf(names: readonly string[], setup: Parameters<LinkTown["add"]>[1] = {}): LinkTown {
  const town = new LinkTown(3);
  for (const name of names) town.add(name, setup);
  return town;
}

function count(party: LinkParty, name: string): number {
  return party.counters.snapshot()[name] ?? 0;
}

/** Says numbers, one each 20 ms. */
function sayNumbers(town: LinkTown, from: number, to: number): void {
  for (let number = from; number < to; number += 1) {
    town.get("a").say("b", `to b ${number}`);
    town.get("b").say("a", `to a ${number}`);
    town.run(20);
  }
}

function numbersHeard(party: LinkParty): number[] {
  return party.log
    .filter((line) => / to /.test(line))
    .map((line) => Number(line.split(" ").at(-1)));
}

const upTo = (end: number) => Array.from({ length: end }, (_, index) => index);

describe("a link by way of a third node", () => {
  it("stands where the path between two is cut, in the seal of the cluster", () => {
    const town = townOf(["a", "b", "c"], { keys: ringOf(1), label: "prod" });
    town.cut("a", "b");
    const [a, b, c] = ["a", "b", "c"].map((name) => town.get(name)) as [
      LinkParty,
      LinkParty,
      LinkParty,
    ];
    expect(a.say("b", "hello")).toBe("taken");
    town.run(200);
    expect(b.log).toEqual(["a: hello"]);
    b.say("a", "hello yourself");
    town.run(200);
    expect(a.log).toEqual(["b: hello yourself"]);
    expect(a.links.relayed()).toEqual([{ peer: "b", via: "c" }]);
    expect(b.links.relayed()).toEqual([{ peer: "a", via: "c" }]);
    expect([count(c, "links.relaying.begun"), count(c, "links.relaying.bytes") > 0]).toEqual([
      1,
      true,
    ]);
    expect(c.log).toEqual([]);
  });

  it("is tried when a dial takes long, though nobody knew of a cut, and that is told", () => {
    const town = townOf(["a", "b", "c"]);
    const [a, b] = [town.get("a"), town.get("b")];
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      town.simulator.network.cut(from.node, to.node);
    }
    a.say("b", "hello");
    town.run(1_400);
    expect(b.log).toEqual([]);
    town.run(400);
    expect(b.log).toEqual(["a: hello"]);
    town.run(6_000);
    expect(town.dialled).toContain("a b down");
    expect(a.log).toEqual([]);
  });

  it("is not tried where the peer's machine refuses, for then nobody reaches the peer", () => {
    const town = townOf(["a", "b", "c"]);
    const a = town.get("a");
    town.kill("b", "process");
    a.say("b", "hello");
    town.run(6_000);
    expect(count(a, "links.dialFailed")).toBeGreaterThan(3);
    expect(count(a, "links.relayed.begun")).toBe(0);
  });

  it("carries what is larger than its window, and holds up nobody's memory", () => {
    const town = townOf(["a", "b", "c"]);
    town.cut("a", "b");
    const [a, b] = [town.get("a"), town.get("b")];
    a.node.step(() => a.links.send(peerId("b"), LOOSE, new Uint8Array(8 * PASSAGE_WINDOW_BYTES)));
    a.say("b", "behind it");
    town.run(3_000);
    expect(b.log).toEqual([`a: ${8 * PASSAGE_WINDOW_BYTES} bytes`, "a: behind it"]);
  });

  it("is as fast as the relay allows", () => {
    const town = new LinkTown(5);
    town.add("a");
    town.add("b");
    town.add("c", { options: { relayBytesPerSecond: PASSAGE_WINDOW_BYTES } });
    town.cut("a", "b");
    const [a, b] = [town.get("a"), town.get("b")];
    a.node.step(() => a.links.send(peerId("b"), LOOSE, new Uint8Array(6 * PASSAGE_WINDOW_BYTES)));
    town.run(3_000);
    expect(b.log).toEqual([]);
    town.run(4_000);
    expect(b.log).toHaveLength(1);
  });

  it("gives way to one of their own: nothing is lost, doubled or overtaken", () => {
    const town = townOf(["a", "b", "c"]);
    town.cut("a", "b");
    sayNumbers(town, 0, 100);
    expect([...town.heard]).not.toContain("a b");
    town.mend("a", "b");
    sayNumbers(town, 100, 400);
    const [a, b] = [town.get("a"), town.get("b")];
    expect([a.links.relayed(), b.links.relayed()]).toEqual([[], []]);
    town.run(3_000);
    expect(numbersHeard(a)).toEqual(upTo(400));
    expect(numbersHeard(b)).toEqual(upTo(400));
    expect([...town.heard]).toEqual(expect.arrayContaining(["a b", "b a", "a c"]));
    expect([...a.lost, ...b.lost]).toEqual([]);
    const returned = count(a, "links.relayed.returned") + count(b, "links.relayed.returned");
    expect(returned).toBe(1);
  });

  it.each([
    ["c", "a"],
    ["b", "c"],
    ["a", "c"],
    ["c", "b"],
  ])("gives way in order though what it carries from %s to %s is late", (from, to) => {
    // So often that one is due on the new link before the former one is read to its end.
    const town = townOf(["a", "b", "c"], { options: { heartbeatIntervalMs: 100 } });
    town.cut("a", "b");
    sayNumbers(town, 0, 50);
    town.run(2_000);
    town.mend("a", "b");
    town.simulator.network.clog(town.get(from).node, town.get(to).node, 1_500);
    sayNumbers(town, 50, 200);
    const [a, b] = [town.get("a"), town.get("b")];
    expect([numbersHeard(a), numbersHeard(b)]).toEqual([upTo(200), upTo(200)]);
    expect([...a.lost, ...b.lost, ...a.links.relayed()]).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "doubles and overtakes nothing when cuts come and go (seed %i)",
    (seed) => {
      const town = new LinkTown(seed);
      for (const name of ["a", "b", "c", "d"]) town.add(name);
      const dice = new Random(seed);
      for (let turn = 0; turn < 30; turn += 1) {
        if (dice.real() < 0.5) town.cut("a", "b");
        else town.mend("a", "b");
        sayNumbers(town, 20 * turn, 20 * (turn + 1));
        town.run(dice.below(4_000));
      }
      town.mend("a", "b");
      town.run(20_000);
      const parties = [town.get("a"), town.get("b")];
      for (const party of parties) {
        const heard = numbersHeard(party);
        expect(heard).toEqual([...new Set(heard)].sort((one, other) => one - other));
        expect(heard.length).toBeGreaterThan(300);
      }
      const relayed = parties.map((party) => count(party, "links.relayed.opened"));
      expect(Math.max(...relayed)).toBeGreaterThan(0);
    },
  );

  it("is told as lost when the relay dies, and leads by way of another one then", () => {
    const town = townOf(["a", "b", "c", "d"]);
    town.cut("a", "b");
    const a = town.get("a");
    a.say("b", "first");
    town.run(200);
    const via = a.links.relayed()[0]?.via ?? "";
    town.kill(via);
    town.parties.delete(via);
    town.run(1_000);
    expect(a.lost).toContain("b");
    a.say("b", "second");
    town.run(8_000);
    expect(town.get("b").log.filter((line) => line.startsWith("a:"))).toEqual([
      "a: first",
      "a: second",
    ]);
    expect(a.links.relayed()[0]?.via).not.toBe(via);
  });

  it("is given up soon when the relay's machine is known to be gone", () => {
    const town = townOf(["a", "b", "c", "d"]);
    town.cut("a", "b");
    const a = town.get("a");
    a.say("b", "first");
    town.run(200);
    const via = a.links.relayed()[0]?.via ?? "";
    town.kill(via, "machine");
    town.run(2_000);
    town.parties.delete(via);
    // Its kernel would be missed after ten seconds.
    town.run(7_000);
    expect(a.lost).toEqual(["b"]);
    a.say("b", "second");
    town.run(1_000);
    expect(town.get("b").log).toContain("a: second");
  });

  it("is none to channels whose failure detector is the link", () => {
    const town = townOf(["a", "b", "c"]);
    town.cut("a", "b");
    const a = town.get("a");
    a.say("b", "hello");
    town.run(200);
    a.open("b");
    town.run(6_000);
    expect(a.log).toEqual(["down b"]);
    town.mend("a", "b");
    town.run(12_000);
    a.open("b");
    town.run(1_000);
    expect(a.log.at(-1)).toBe("up b");
    expect(town.get("b").log).toContain("up a");
  });

  it("is not made where nobody wants any, nor by way of who wants none", () => {
    const off = townOf(["a", "b", "c"], { options: { relay: "off" } });
    off.cut("a", "b");
    off.get("a").say("b", "hello");
    off.run(8_000);
    expect(off.get("b").log).toEqual([]);
    expect(off.get("a").log).toEqual(["unsent b: hello"]);

    const town = new LinkTown(3);
    for (const name of ["a", "b"]) town.add(name);
    town.add("c", { options: { relay: "off" } });
    town.cut("a", "b");
    town.get("a").say("b", "hello");
    town.run(8_000);
    expect(town.get("b").log).toEqual([]);
    expect(count(town.get("c"), "links.relaying.refused")).toBeGreaterThan(0);
  });
});

describe("a relay", () => {
  /** What m says to c as a peer that does not keep to the rules. */
  function say(town: LinkTown, from: string, message: Parameters<typeof encodeRelayed>[0]): void {
    const party = town.get(from);
    const bytes = encodeRelayed(message);
    party.node.step(() => party.links.send(peerId("c"), RELAYED_CHANNEL, bytes));
    town.run(50);
  }
  const open = { kind: "open", numberOf: "mine", number: 77 } as const;

  it("refuses who speaks for others, and passages to nobody known, to itself or in a ring", () => {
    const town = townOf(["a", "b", "c"]);
    const c = town.get("c");
    say(town, "a", { ...open, origin: "b", target: "b" });
    say(town, "a", { ...open, origin: "a", target: "nobody" });
    say(town, "a", { ...open, origin: "a", target: "a" });
    say(town, "a", { ...open, origin: "a", target: "c" });
    say(town, "a", { ...open, origin: "nobody", target: "c" });
    expect([count(c, "links.relayed.refused"), count(c, "links.relaying.refused")]).toEqual([3, 2]);
    expect(count(c, "links.relaying.begun")).toBe(0);
  });

  it("bounds passages, and ends one that sends more than was allowed", () => {
    const town = new LinkTown(9);
    const options = { relayedPerPeerMaxCount: 2 };
    for (const name of ["a", "b", "c"]) town.add(name, { options });
    const c = town.get("c");
    for (const number of [1, 2, 3]) say(town, "a", { ...open, number, origin: "a", target: "b" });
    expect([count(c, "links.relaying.begun"), count(c, "links.relaying.refused")]).toEqual([2, 1]);
    const bytes = new Uint8Array(65_536);
    const piece = encodeRelayed({ kind: "piece", numberOf: "mine", number: 1, bytes });
    const a = town.get("a");
    // All at once: before b, who makes nothing of it, can end it.
    a.node.step(() => {
      for (let sent = 0; sent < 2 * PASSAGE_WINDOW_BYTES; sent += bytes.length) {
        a.links.send(peerId("c"), RELAYED_CHANNEL, piece);
      }
    });
    town.run(50);
    expect(count(c, "links.relaying.overrun")).toBe(1);
    say(town, "a", { kind: "credit", numberOf: "mine", number: 2, bytesCount: 9 });
    expect(count(c, "links.relaying.overrun")).toBe(2);
  });

  it("that lies about who is at the other end is found out by the hello", () => {
    const town = townOf(["a", "c", "m"]);
    const c = town.get("c");
    say(town, "m", { ...open, origin: "a", target: "c" });
    const origin = makeOrigin("m", 1);
    const nonce = new Uint8Array(16);
    const hello = encodeHello({
      cluster: "",
      origin,
      version: 1,
      capabilities: 0,
      nonce,
      serial: 1,
    });
    const bytes = new LinkSeal(undefined, new Uint8Array(0), "dialler").recordOf(hello);
    say(town, "m", { kind: "piece", numberOf: "mine", number: 77, bytes });
    expect(count(c, "links.refused.otherName")).toBe(1);
    expect(c.links.relayed()).toEqual([]);
  });

  it("counts what makes no sense", () => {
    const town = townOf(["a", "b", "c"]);
    const [a, c] = [town.get("a"), town.get("c")];
    for (const bytes of [[], [9], [0, 0], [1, 0, 1], [3, 7, 1]]) {
      a.node.step(() => a.links.send(peerId("c"), RELAYED_CHANNEL, Uint8Array.from(bytes)));
    }
    say(town, "a", { kind: "close", numberOf: "yours", number: 5 });
    expect(count(c, "links.dropped.malformed")).toBe(5);
    expect(count(c, "links.dropped.noPassage")).toBe(1);
  });
});
