import { describe, expect, test } from "vitest";
import { alive, Rig } from "./swim-rig.ts";

describe("leaving (spec section 18)", () => {
  test("says dead of itself its full count, then reports", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.receive(alive("a", 2), alive("b", 3));
    rig.takeLines();
    rig.swim.leave();
    expect(rig.takeLines()).toEqual(["left us/1"]);
    rig.advance(1_000);
    const goodbyes = rig.takeMessages().filter((m) => m.kind === "dead");
    expect(goodbyes.length).toBe(4);
    expect(goodbyes[0]).toEqual({ kind: "dead", incarnation: 1, node: "us", from: "us" });
    expect(rig.takeLines()).toEqual(["onLeft told"]);
    rig.advance(10_000);
    expect(rig.takeLines()).toEqual([]);
  });

  test("alone it is over at once", () => {
    const rig = new Rig();
    rig.swim.leave();
    expect(rig.takeLines()).toEqual(["left us/1", "onLeft alone"]);
  });

  test("with nobody to gossip for us, the wait ends at leaveTimeoutMs", () => {
    const rig = new Rig();
    rig.receive(alive("a", 2));
    rig.takeLines();
    rig.swim.leave();
    rig.advance(5_000);
    expect(rig.takeLines()).toEqual(["left us/1", "onLeft timeout"]);
  });

  test("afterwards pings are answered, nothing about us is refuted, we stay left", () => {
    const rig = new Rig({}, ["gossipRound", "probeRound"]);
    rig.receive(alive("a", 2));
    rig.swim.leave();
    rig.receive(alive("us", 1, { incarnation: 9 }));
    rig.receive({ kind: "suspect", incarnation: 9, node: "us", from: "x" });
    rig.receive({ kind: "dead", incarnation: 9, node: "us", from: "x" });
    expect(rig.status("us")).toBe("left/1");
    rig.takeSent();
    const none = { sourceAddr: new Uint8Array(0), sourcePort: 0, sourceNode: "" };
    rig.receive({ kind: "ping", seqNo: 3, node: "us", ...none });
    expect(rig.takeMessages()[0]).toMatchObject({ kind: "ack", seqNo: 3 });
    rig.advance(60_000);
    expect(rig.status("us")).toBe("left/1");
    rig.swim.leave();
    expect(rig.takeLines().filter((line) => line.startsWith("onLeft")).length).toBe(1);
  });
});

test("new meta goes out under a new incarnation and reports when sent", () => {
  const rig = new Rig({}, ["gossipRound"]);
  rig.receive(alive("a", 2));
  rig.takeLines();
  expect(rig.swim.updateMeta(Uint8Array.of(8))).toBe(2);
  expect(rig.takeLines()).toEqual(["update us/2"]);
  rig.advance(2_000);
  expect(rig.takeLines()).toEqual(["metaSent 2"]);
  expect(rig.takeMessages()).toContainEqual(
    alive("us", 1, { incarnation: 2, meta: Uint8Array.of(8) }),
  );
});

test("peers are told of, last in the step, self never", () => {
  const rig = new Rig();
  const seen: string[] = [];
  rig.swim.view.subscribe({
    onPeerUp: (peer) => seen.push(`up ${peer} of ${rig.swim.view.size}`),
    onPeerDown: (peer) => seen.push(`down ${peer} of ${rig.swim.view.size}`),
  });
  rig.receive({ kind: "compound", parts: [alive("a", 2), alive("b", 3)] });
  rig.receive({ kind: "suspect", incarnation: 1, node: "a", from: "x" });
  rig.receive({ kind: "dead", incarnation: 1, node: "a", from: "x" });
  rig.swim.leave();
  expect(seen).toEqual(["up a of 2", "up b of 2", "down a of 1"]);
});

test("the digest is of names, incarnations and life, not of order or of the dead", () => {
  const one = new Rig();
  const two = new Rig();
  one.receive(alive("a", 2), alive("b", 3), alive("c", 4));
  two.receive(alive("b", 3), alive("a", 2));
  expect(one.swim.membershipDigest()).not.toBe(two.swim.membershipDigest());
  one.receive({ kind: "dead", incarnation: 1, node: "c", from: "x" });
  expect(one.swim.membershipDigest()).toBe(two.swim.membershipDigest());
  two.receive(alive("a", 2, { incarnation: 2 }));
  expect(one.swim.membershipDigest()).not.toBe(two.swim.membershipDigest());
});
