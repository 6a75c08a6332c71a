import { describe, expect, it, test } from "vitest";
import { peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { peerViewContract } from "../../testing/peer-view-contract.ts";
import { StaticView } from "./static-view.ts";

peerViewContract({ describe, test }, "a static view", () => {
  const view = new StaticView(peerId("me"));
  let joined = 0;
  return {
    view,
    self: peerId("me"),
    join() {
      joined += 1;
      const peer = peerId(`p${joined}`);
      view.add(peer);
      return peer;
    },
    leave(peer) {
      view.remove(peer);
    },
  };
});

describe("a static view", () => {
  it("takes a peer once, never the node itself, and visits as many as it is told", () => {
    const view = new StaticView(peerId(0), 2);
    expect([0, 1, 1, 2, 3].map((id) => view.add(peerId(id)))).toEqual([
      false,
      true,
      false,
      true,
      true,
    ]);
    const visited: unknown[] = [];
    view.forEachNeighbour((peer) => visited.push(peer));
    expect(visited).toHaveLength(2);
    expect(view.sample(new Random(1), 9, [])).toBe(3);
    expect(view.remove(peerId(9))).toBe(false);
  });
});
