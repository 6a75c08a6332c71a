import { describe, expect, it } from "vitest";
import { INCARNATION_CEILING } from "./roster/claim-check.ts";
import type { PingMessage, SuspectMessage } from "./swim.messages.ts";
import { alive, identityAt, Rig, unpack } from "./swim-rig.ts";

function suspect(node: string, from: string, incarnation = 1): SuspectMessage {
  return { kind: "suspect", incarnation, node, from };
}

function ping(node: string): PingMessage {
  const { addr, port } = identityAt("n1", 11);
  return { kind: "ping", seqNo: 1, node, sourceAddr: addr, sourcePort: port, sourceNode: "n1" };
}

/** Nine others; a suspicion nobody confirms runs 24 s with `lan`, and 4 s after two that do. */
function group(): Rig {
  const rig = new Rig();
  for (let index = 0; index < 9; index += 1) rig.receive(alive(`n${index}`, 10 + index));
  rig.takeLines();
  return rig;
}

/** How long it takes until `n0` is dead, in seconds. */
function deathAfter(rig: Rig): number {
  for (let seconds = 1; seconds < 200; seconds += 1) {
    rig.advance(1_000);
    if (rig.takeLines().includes("dead n0/1")) return seconds;
  }
  throw new Error("n0 never dies");
}

describe("a suspect that says that it is busy", () => {
  it("has three times as long to refute, and no longer", () => {
    const usual = group();
    usual.receive(suspect("n0", "n1"));
    expect(deathAfter(usual)).toBe(24);
    const busy = group();
    busy.patience.set("n0", 3);
    busy.receive(suspect("n0", "n1"));
    expect(deathAfter(busy)).toBe(72);
  });

  it("has it too when it says so after the suspicion began, and many confirm it", () => {
    const rig = group();
    for (const from of ["n1", "n2", "n3"]) rig.receive(suspect("n0", from));
    rig.advance(3_000);
    rig.patience.set("n0", 3);
    expect(deathAfter(rig)).toBe(9);
  });

  it("is dead soon when it is well again, and silent all the same", () => {
    const rig = group();
    rig.patience.set("n0", 3);
    rig.receive(suspect("n0", "n1"));
    rig.advance(30_000);
    rig.patience.delete("n0");
    expect(deathAfter(rig)).toBe(1);
  });

  it("is still dead when others, who know nothing of it, say so", () => {
    const rig = group();
    rig.patience.set("n0", 3);
    rig.receive({ kind: "dead", incarnation: 1, node: "n0", from: "n1" });
    expect(rig.status("n0")).toBe("dead/1");
  });
});

describe("members that are asked to probe for us", () => {
  /** Who is asked, in the first probe that needs help. */
  function asked(busy: readonly string[]): string[] {
    const rig = new Rig({}, ["probeRound"]);
    for (let index = 0; index < 6; index += 1) rig.receive(alive(`n${index}`, 10 + index));
    for (const name of busy) rig.patience.set(name, 3);
    for (let step = 0; step < 300; step += 1) {
      rig.advance(10);
      const helpers = rig.takeSent().flatMap(({ message, to }) => {
        const isAsk = unpack(message).some((part) => part.kind === "indirectPing");
        return isAsk ? [`n${Number(to.host.split(".")[3]) - 10}`] : [];
      });
      if (helpers.length > 0) return helpers;
    }
    throw new Error("nobody was asked");
  }

  it("are those who are not busy, while there are enough", () => {
    const busy = ["n0", "n1"];
    const helpers = asked(busy);
    expect(helpers).toHaveLength(3);
    expect(helpers.filter((name) => busy.includes(name))).toEqual([]);
  });

  it("are busy ones where there are no others", () => {
    expect(asked(["n0", "n1", "n2", "n3", "n4", "n5"])).toHaveLength(3);
  });
});

describe("what another thread said in this node's name", () => {
  it("holds: all hear it again, with what is true now, and old accusations are old", () => {
    const rig = group();
    rig.takeMessages();
    expect(rig.incarnations.take(1, INCARNATION_CEILING)).toBe(2);
    rig.receive(suspect("us", "n1"), ping("us"));
    expect(rig.takeMessages()).toContainEqual(
      expect.objectContaining({ kind: "alive", node: "us", incarnation: 3 }),
    );
    expect([rig.status("us"), rig.count("swim.refutations.adopted")]).toEqual(["alive/3", 1]);
    expect(rig.count("swim.refutations")).toBe(0);
    expect(rig.swim.evidence("us").at(-1)).toMatchObject({ what: "refuted", incarnation: 3 });
    // Its own next number is above that, too.
    expect(rig.swim.updateMeta(Uint8Array.of(1))).toBe(4);
  });

  it("is above its goodbye, or nobody would believe that", () => {
    const rig = group();
    rig.incarnations.take(1, INCARNATION_CEILING);
    rig.swim.leave();
    expect(rig.status("us")).toBe("left/3");
  });

  it("is not taken up by one who has left", () => {
    const rig = group();
    rig.swim.leave();
    const before = rig.status("us");
    rig.incarnations.take(1, INCARNATION_CEILING);
    rig.receive(suspect("us", "n1"));
    expect(rig.status("us")).toBe(before);
  });
});
