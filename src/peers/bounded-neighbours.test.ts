import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { type PeerId, peerId } from "../core/peer.ts";
import { peerViewContract } from "../testing/peer-view-contract.ts";
import { boundedNeighbours } from "./bounded-neighbours.ts";
import { StaticView } from "./static/static-view.ts";

function viewOf(self: PeerId, peers: readonly PeerId[]) {
  const full = new StaticView(self);
  for (const peer of peers) full.add(peer);
  return full;
}

function neighboursOf(self: PeerId, peers: readonly PeerId[], neighboursCount: number): PeerId[] {
  const found: PeerId[] = [];
  const view = boundedNeighbours(viewOf(self, peers), { self, neighboursCount });
  view.forEachNeighbour((peer) => found.push(peer));
  return found;
}

/** Hops from the first to the farthest; undefined when somebody is not reached. */
function reach(edges: ReadonlyMap<PeerId, readonly PeerId[]>): number | undefined {
  let front = [...edges.keys()].slice(0, 1);
  const seen = new Set(front);
  let hops = 0;
  for (; front.length > 0; hops += 1) {
    const next: PeerId[] = [];
    for (const peer of front.flatMap((one) => edges.get(one) ?? [])) {
      if (!seen.has(peer)) next.push(peer);
      seen.add(peer);
    }
    front = next;
  }
  return seen.size === edges.size ? hops - 1 : undefined;
}

// So many rings that everybody is next to everybody in one.
peerViewContract({ describe, test }, "bounded neighbours", () => {
  const self = peerId("me");
  const full = new StaticView(self);
  let joined = 0;
  return {
    view: boundedNeighbours(full, { self, neighboursCount: 200 }),
    self,
    join() {
      joined += 1;
      full.add(peerId(`p${joined}`));
      return peerId(`p${joined}`);
    },
    leave: (peer) => void full.remove(peer),
  };
});

describe("bounded neighbours", () => {
  it.each([
    [2, 2, 2],
    [25, 4, 6],
    [400, 4, 10],
    [400, 6, 7],
  ])("connect %i nodes with %i each, both ways, within %i hops", (count, neighbours, hops) => {
    const names = Array.from({ length: count }, (_, at) => peerId(`node-${at}`));
    const edges = new Map(names.map((name) => [name, neighboursOf(name, names, neighbours)]));
    for (const [name, peers] of edges) {
      expect(peers.length).toBeLessThanOrEqual(neighbours);
      expect(peers).not.toContain(name);
      for (const peer of peers) expect(edges.get(peer)).toContain(name);
    }
    expect(reach(edges)).toBeLessThanOrEqual(hops);
  });

  it("know after any comings and goings what a fresh start would, and tell of each", () => {
    const self = peerId("me");
    const step = fc.record({ name: fc.integer({ min: 0, max: 12 }), isUp: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const full = new StaticView(self);
        const bounded = boundedNeighbours(full, { self, neighboursCount: 4 });
        const heard = new Set<PeerId>();
        bounded.subscribe({
          onPeerUp: (peer) => expect(heard.size).toBeLessThan(heard.add(peer).size),
          onPeerDown: (peer) => expect(heard.delete(peer)).toBe(true),
        });
        const there = new Set<PeerId>();
        for (const { isUp, name } of steps) {
          const peer = peerId(`p${name}`);
          if (isUp) full.add(peer);
          else full.remove(peer);
          if (isUp) there.add(peer);
          else there.delete(peer);
          const found: PeerId[] = [];
          bounded.forEachNeighbour((one) => found.push(one));
          const fresh = neighboursOf(self, [...there], 4);
          expect(new Set(found)).toEqual(new Set(fresh));
          expect(heard).toEqual(new Set(fresh));
        }
      }),
    );
  });

  it("leaves sampling to the view below", () => {
    const peers = Array.from({ length: 30 }, (_, at) => peerId(at + 1));
    const view = boundedNeighbours(viewOf(peerId(0), peers), {
      self: peerId(0),
      neighboursCount: 2,
    });
    expect([view.size, view.population]).toEqual([30, 31]);
  });
});
