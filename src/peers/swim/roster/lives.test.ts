import { describe, expect, test } from "vitest";
import type { DeadMessage, SuspectMessage, SwimMessage } from "../swim.messages.ts";
import { addressAt, alive, identityAt, Rig } from "../swim-rig.ts";

const FORMER = Uint8Array.of(1);
const LATER = Uint8Array.of(2);
const LATEST = Uint8Array.of(3);

const claimOf =
  <K extends "suspect" | "dead">(kind: K) =>
  (incarnation: number, from = "x") => ({ kind, incarnation, node: "a", from });
const suspect: (incarnation: number, from?: string) => SuspectMessage = claimOf("suspect");
const dead: (incarnation: number, from?: string) => DeadMessage = claimOf("dead");

/** A rig that knows the former life of "a", at 10.0.0.2, in the given state. */
function knowing(state: "alive" | "suspect" | "dead"): Rig {
  const rig = new Rig({}, ["gossipRound"]);
  rig.receive(alive("a", 2, { incarnation: 5, meta: FORMER }), alive("b", 3));
  if (state === "suspect") rig.receive(suspect(5));
  if (state === "dead") rig.receive(dead(5));
  expect(rig.status("a")).toBe(`${state}/5`);
  rig.advance(2_000);
  rig.takeSent();
  rig.takeLines();
  return rig;
}

function hostOf(rig: Rig): string | undefined {
  return rig.swim.members.get("a")?.address.host;
}

describe("a later life of a member, at another address", () => {
  test("makes a living one suspect, and has the name as soon as that is dead", () => {
    const rig = knowing("alive");
    rig.receive(alive("a", 9, { meta: LATER }));
    expect(rig.status("a")).toBe("suspect/5");
    rig.advance(4_000);
    expect([rig.status("a"), hostOf(rig)]).toEqual(["alive/1", "10.0.0.9"]);
    expect(rig.takeLines()).toEqual([
      "suspect a/5",
      "conflict a 10.0.0.2 10.0.0.9",
      "dead a/5",
      "join a/1",
    ]);
  });

  test.each([
    ["is found dead here", (rig: Rig) => rig.advance(4_000)],
    ["is said to be dead", (rig: Rig) => rig.receive(dead(5))],
    ["says goodbye", (rig: Rig) => rig.receive(dead(5, "a"))],
  ])("spoke while it was suspect: it has the name when the suspect %s", (_how, die) => {
    const rig = knowing("suspect");
    rig.receive(alive("a", 9, { meta: LATER }));
    expect([rig.status("a"), hostOf(rig)]).toEqual(["suspect/5", "10.0.0.2"]);
    die(rig);
    expect([rig.status("a"), hostOf(rig)]).toEqual(["alive/1", "10.0.0.9"]);
  });

  test("has no name when the suspect refutes, nor when it dies of something else later", () => {
    const rig = knowing("suspect");
    rig.receive(alive("a", 9, { meta: LATER }));
    rig.receive(alive("a", 2, { incarnation: 6, meta: FORMER }));
    expect([rig.status("a"), hostOf(rig)]).toEqual(["alive/6", "10.0.0.2"]);
    rig.receive(dead(6));
    expect([rig.status("a"), hostOf(rig)]).toEqual(["dead/6", "10.0.0.2"]);
  });

  test("of several lives the latest has it, and of its words the latest counts", () => {
    const rig = knowing("suspect");
    rig.receive(alive("a", 8, { incarnation: 7, meta: LATER }));
    rig.receive(alive("a", 9, { incarnation: 2, meta: LATEST }));
    rig.receive(alive("a", 9, { incarnation: 3, meta: LATEST }));
    rig.receive(alive("a", 9, { incarnation: 1, meta: LATEST }));
    rig.receive(alive("a", 8, { incarnation: 9, meta: LATER }));
    rig.receive(dead(5));
    expect([rig.status("a"), hostOf(rig)]).toEqual(["alive/3", "10.0.0.9"]);
  });

  test("is no reason to believe one that shows no later life", () => {
    const rig = knowing("suspect");
    for (const meta of [FORMER, new Uint8Array(0)]) rig.receive(alive("a", 9, { meta }));
    rig.receive(dead(5));
    expect([rig.status("a"), hostOf(rig)]).toEqual(["dead/5", "10.0.0.2"]);
  });

  test("above its former one does not silence the word of that one's death, below it does", () => {
    const spreadAfter = (incarnation: number): string[] => {
      const rig = knowing("suspect");
      rig.receive(alive("a", 9, { incarnation, meta: LATER }), dead(5));
      rig.advance(400);
      const about = rig.takeMessages().filter((message) => "node" in message);
      return [...new Set(about.map((message) => message.kind))].sort();
    };
    expect(spreadAfter(6)).toEqual(["alive", "dead"]);
    expect(spreadAfter(5)).toEqual(["alive"]);
  });
});

describe("this node, when its former life at another address is still known", () => {
  const of = (last: number, meta: Uint8Array): SwimMessage =>
    alive("us", last, { incarnation: 4, meta });

  test("stands above it, and only once", () => {
    const rig = new Rig({}, [], { meta: LATER });
    for (let again = 0; again < 3; again += 1) rig.receive(of(9, FORMER));
    expect(rig.status("us")).toBe("alive/5");
    expect(rig.count("swim.conflicts")).toBe(3);
  });

  test("stays where it is when the other is no former life", () => {
    const rig = new Rig({}, [], { meta: LATER });
    for (const meta of [LATER, LATEST, new Uint8Array(0)]) rig.receive(of(9, meta));
    expect(rig.status("us")).toBe("alive/1");
  });

  test.each([
    ["alive", 0, "conflict"],
    ["suspect", 1, "conflict"],
    ["dead", 2, "none"],
    ["left", 3, "none"],
  ] as const)("hears in a state that it is held for %s there: %s", (_what, state, heard) => {
    const rig = new Rig({}, [], { meta: LATER });
    const former = { ...identityAt("us", 9), incarnation: 4, meta: FORMER, state };
    const reply: SwimMessage = {
      kind: "pushPull",
      join: true,
      nodes: [former],
      userState: new Uint8Array(0),
    };
    rig.swim.onExchange(rig.swim.join(addressAt(2)), { kind: "reply", reply });
    expect(rig.status("us")).toBe("alive/5");
    const conflicts = rig.takeLines().filter((line) => line.startsWith("conflict"));
    expect(conflicts).toEqual(heard === "none" ? [] : ["conflict us 10.0.0.1 10.0.0.9"]);
  });
});

describe("who accuses one that has refuted", () => {
  const refuted = alive("a", 9, { incarnation: 6 });

  function answersTo(message: SwimMessage): { to: string; message: SwimMessage }[] {
    const rig = new Rig();
    rig.receive(refuted, alive("b", 2), message);
    return rig.takeSent().map(({ to, message: sent }) => ({ to: to.host, message: sent }));
  }

  test.each([suspect(5, "b"), dead(5, "b")])("in a packet of its own is told: %j", (message) => {
    expect(answersTo(message)).toEqual([{ to: "10.0.0.2", message: refuted }]);
  });

  test("is told with few packets, however many accusations come in one of its name", () => {
    const rig = new Rig();
    rig.receive(refuted, alive("b", 2));
    const parts = Array.from({ length: 255 }, () => suspect(5, "b"));
    rig.receive({ kind: "compound", parts });
    const firstCount = rig.takeSent().length;
    expect(firstCount).toBeGreaterThan(0);
    expect(firstCount).toBeLessThanOrEqual(16);
    expect(rig.count("swim.claims.uncorrected")).toBe(255 - firstCount);
    rig.advance(1_000);
    rig.receive({ kind: "compound", parts });
    expect(rig.takeSent()).toHaveLength(firstCount);
  });

  test("in the packet of another, or known to nobody, or rightly, is told nothing", () => {
    for (const message of [suspect(5, "a"), suspect(5, "nobody"), suspect(6, "b")]) {
      expect(answersTo(message)).toEqual([]);
    }
    expect(answersTo({ ...dead(5, "b"), node: "nobody" })).toEqual([]);
  });

  test("is told nothing of the dead", () => {
    const rig = new Rig();
    rig.receive(refuted, alive("b", 2), dead(6), suspect(5, "b"));
    expect(rig.takeSent()).toEqual([]);
    expect(rig.count("swim.claims.corrected")).toBe(0);
  });
});
