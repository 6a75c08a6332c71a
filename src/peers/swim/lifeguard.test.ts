import { describe, expect, test } from "vitest";
import type { SwimMessage } from "./swim.messages.ts";
import { type SwimOptions, swimOptions } from "./swim.options.ts";
import { addressAt, alive, identityAt, Rig, unpack } from "./swim-rig.ts";

function ack(seqNo: number): SwimMessage {
  return { kind: "ack", seqNo, payload: new Uint8Array(0) };
}
function nack(seqNo: number): SwimMessage {
  return { kind: "nack", seqNo };
}
function suspect(node: string, from: string): SwimMessage {
  return { kind: "suspect", incarnation: 1, node, from };
}

function group(others: number, options: Partial<SwimOptions>): Rig {
  const rig = new Rig(options, ["probeRound"]);
  for (let index = 0; index < others; index += 1) rig.receive(alive(`n${index}`, 10 + index));
  return rig;
}

/** Turns the clock, 10 ms at a time, until a ping of our own leaves; what left with it. */
function nextPing(rig: Rig): { node: string; seqNo: number; parts: SwimMessage[] } {
  for (let step = 0; step < 2_000; step += 1) {
    for (const packet of rig.takeSent()) {
      const parts = unpack(packet.message);
      const ping = parts.find((part) => part.kind === "ping");
      if (ping?.kind === "ping") return { node: ping.node, seqNo: ping.seqNo, parts };
    }
    rig.advance(10);
  }
  throw new Error("no ping left");
}

test("the defaults are memberlist's; swift changes nothing on the wire", () => {
  expect(swimOptions("lan")).toMatchObject({
    lifeguardProbe: "interval",
    lifeguardSuspicion: "on",
    lifeguardBuddy: "on",
    suspicionConfirmationsCount: 0,
    suspectProbersCount: 0,
    probeVerdict: "atEnd",
    nackRatio: 1,
  });
  const { probeIntervalMs, gossipIntervalMs } = swimOptions("swift");
  expect([probeIntervalMs, gossipIntervalMs]).toEqual([1_000, 200]);
});

describe("LHA-Probe", () => {
  /** The wait for a direct ack, seen by when others are asked, after two refutations. */
  function waitMs(lifeguardProbe: SwimOptions["lifeguardProbe"]): number {
    const rig = group(3, { lifeguardProbe });
    rig.receive(suspect("us", "n1"));
    rig.receive({ kind: "suspect", incarnation: 2, node: "us", from: "n1" });
    expect(rig.swim.awarenessScore).toBe(2);
    nextPing(rig);
    for (let waited = 0; waited <= 5_000; waited += 10) {
      if (rig.takeMessages().some((part) => part.kind === "indirectPing")) return waited;
      rig.advance(10);
    }
    return Number.NaN;
  }

  test("stretches the interval alone, or the wait for an ack too, or nothing", () => {
    expect(waitMs("interval")).toBe(500);
    expect(waitMs("intervalAndTimeout")).toBe(1_500);
    expect(waitMs("off")).toBe(500);
  });

  test("off: the period stays, whatever the score, and no nacks are asked for", () => {
    const rig = group(4, { lifeguardProbe: "off" });
    rig.receive(suspect("us", "n1"));
    const ping = nextPing(rig);
    rig.advance(500);
    const asked = rig.takeMessages().filter((part) => part.kind === "indirectPing");
    expect(asked.map((part) => part.kind === "indirectPing" && part.nack)).toEqual([
      false,
      false,
      false,
    ]);
    rig.advance(500);
    expect(rig.status(ping.node)).toBe("suspect/1");
  });
});

describe("LHA-Suspicion", () => {
  /** When `n0` dies, with so many who confirm at once. */
  function deathMs(options: Partial<SwimOptions>, confirmations: number): number {
    const rig = new Rig(options);
    for (let index = 0; index < 9; index += 1) rig.receive(alive(`n${index}`, 10 + index));
    for (let from = 1; from <= 1 + confirmations; from += 1) rig.receive(suspect("n0", `n${from}`));
    for (let tookMs = 0; tookMs < 100_000; tookMs += 100) {
      if (rig.status("n0") === "dead/1") return tookMs;
      rig.advance(100);
    }
    return Number.NaN;
  }

  test("on: accusers shorten it; off: it is the least time", () => {
    expect(deathMs({}, 0)).toBe(24_000);
    expect(deathMs({}, 2)).toBe(4_000);
    expect(deathMs({ lifeguardSuspicion: "off" }, 0)).toBe(4_000);
  });

  test("the number of accusers wanted can be set apart from the time", () => {
    const options = { suspicionMultiplier: 1, suspicionConfirmationsCount: 3 };
    expect(deathMs(options, 0)).toBe(6_000);
    expect(deathMs(options, 3)).toBe(1_000);
    // Eight others could confirm: all are wanted where more are asked for than there are.
    const all = { suspicionMultiplier: 1, suspicionConfirmationsCount: 100 };
    expect(deathMs(all, 7)).toBeGreaterThan(1_000);
  });

  test("scaled: a node that doubts itself waits longer, until it recovers", () => {
    const rig = new Rig({ lifeguardSuspicion: "scaled" });
    for (let index = 0; index < 9; index += 1) rig.receive(alive(`n${index}`, 10 + index));
    rig.receive(suspect("us", "n1"));
    rig.receive({ kind: "suspect", incarnation: 2, node: "us", from: "n1" });
    for (const from of ["n1", "n2", "n3"]) rig.receive(suspect("n0", from));
    rig.advance(11_900);
    expect(rig.status("n0")).toBe("suspect/1");
    rig.advance(100);
    expect(rig.status("n0")).toBe("dead/1");
  });
});

describe("the Buddy System", () => {
  function pingOfSuspect(lifeguardBuddy: SwimOptions["lifeguardBuddy"]): SwimMessage[] {
    const rig = group(1, { lifeguardBuddy, retransmitMultiplier: 0.001 });
    rig.receive(suspect("n0", "elsewhere"));
    // What is queued leaves with another packet first.
    rig.receive({
      kind: "ping",
      seqNo: 7,
      node: "us",
      sourceAddr: identityAt("n0", 10).addr,
      sourcePort: addressAt(10).port,
      sourceNode: "n0",
    });
    rig.takeSent();
    return nextPing(rig).parts;
  }

  test("on: a suspect hears of it in its ping; off: only if gossip says so", () => {
    expect(pingOfSuspect("on").map((part) => part.kind)).toEqual(["ping", "suspect"]);
    expect(pingOfSuspect("off").map((part) => part.kind)).not.toContain("suspect");
  });

  /** What goes to "n0", which is at .10, when it pings from an address that ends in `last`. */
  function answerTo(rig: Rig, last: number): SwimMessage[] {
    rig.takeSent();
    const { addr: sourceAddr, port: sourcePort } = identityAt("n0", last);
    const source = { sourceAddr, sourcePort, sourceNode: "n0" };
    rig.receive({ kind: "ping", seqNo: 7, node: "us", ...source });
    return rig.takeSent().flatMap(({ to, message }) => {
      expect(to).toEqual(addressAt(last));
      return unpack(message);
    });
  }

  test("who asks, and is held for a suspect or dead, learns it with the answer", () => {
    const rig = group(1, {});
    const accusation = { kind: "suspect", incarnation: 1, node: "n0", from: "us" };
    rig.receive(suspect("n0", "elsewhere"));
    for (const last of [10, 99]) expect(answerTo(rig, last).slice(1)).toEqual([accusation]);
    rig.receive({ kind: "dead", incarnation: 1, node: "n0", from: "elsewhere" });
    for (const last of [10, 99]) expect(answerTo(rig, last).slice(1)).toEqual([accusation]);
    rig.receive(alive("n0", 10, { incarnation: 2 }));
    expect(answerTo(rig, 99).slice(1)).toEqual([]);
    rig.receive({ kind: "dead", incarnation: 2, node: "n0", from: "n0" });
    expect(answerTo(rig, 99).slice(1)).toEqual([]);
  });
});

describe("beyond Lifeguard", () => {
  test("a relay that hears nothing says so early, and still passes a late ack on", () => {
    const rig = new Rig({ nackRatio: 0.8 });
    rig.receive(alive("n0", 10), alive("n1", 11));
    const { addr } = identityAt("n0", 10);
    const asker = identityAt("n1", 11);
    rig.takeSent();
    rig.receive({
      kind: "indirectPing",
      seqNo: 77,
      target: addr,
      port: 7946,
      node: "n0",
      nack: true,
      sourceAddr: asker.addr,
      sourcePort: asker.port,
      sourceNode: "n1",
    });
    const ping = rig.takeMessages().find((part) => part.kind === "ping");
    rig.advance(399);
    expect(rig.takeMessages()).toEqual([]);
    rig.advance(1);
    expect(rig.takeMessages().filter((part) => part.kind === "nack")).toEqual([nack(77)]);
    rig.advance(50);
    rig.receive(ack(ping?.kind === "ping" ? ping.seqNo : 0));
    expect(rig.takeMessages().filter((part) => part.kind === "ack")).toHaveLength(1);
    rig.advance(1_000);
    expect([rig.count("swim.relays.nacked"), rig.count("swim.relays.acked")]).toEqual([1, 1]);
  });

  test("an early verdict falls when all who were asked heard nothing either", () => {
    const rig = group(3, { probeVerdict: "early", streamPing: "off" });
    const ping = nextPing(rig);
    rig.advance(500);
    rig.receive(nack(ping.seqNo));
    expect(rig.status(ping.node)).toBe("alive/1");
    rig.receive(nack(ping.seqNo));
    expect(rig.status(ping.node)).toBe("suspect/1");
  });

  test("an early verdict waits for the ping over a stream", () => {
    const rig = group(2, { probeVerdict: "early" });
    const ping = nextPing(rig);
    rig.advance(500);
    rig.receive(nack(ping.seqNo));
    expect(rig.status(ping.node)).toBe("alive/1");
    const stream = rig.takeExchange();
    if (stream === undefined) throw new Error("a stream ping was begun");
    rig.swim.onExchange(stream.id, { kind: "failure", reason: "unreachable", detail: "refused" });
    expect(rig.status(ping.node)).toBe("suspect/1");
  });

  test("who hears of a suspicion probes the suspect in its next turn, once", () => {
    const rig = group(20, { suspectProbersCount: 100 });
    rig.receive(ack(nextPing(rig).seqNo), suspect("n7", "n8"));
    const probe = nextPing(rig);
    expect(probe.node).toBe("n7");
    rig.receive(ack(probe.seqNo));
    expect(nextPing(rig).node).not.toBe("n7");
  });

  test("a suspect that has refuted meanwhile needs no probe", () => {
    const rig = group(20, { suspectProbersCount: 100 });
    rig.receive(ack(nextPing(rig).seqNo), suspect("n7", "n8"));
    rig.receive(alive("n7", 17, { incarnation: 2 }));
    expect(rig.status("n7")).toBe("alive/2");
    expect(nextPing(rig).node).not.toBe("n7");
  });
});
