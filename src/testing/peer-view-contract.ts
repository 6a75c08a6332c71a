import { assert } from "../core/assert.ts";
import type { PeerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { PeerListener, PeerView } from "../peers/peer-view.ts";
import { assertEqual, type MaybePromise, type TestApi } from "./test-api.ts";

/** A view whose peers the suite commands. */
export interface PeerViewRig {
  readonly view: PeerView;
  readonly self: PeerId;
  /** Makes a new peer known, by whatever way the protocol has, and names it. */
  join(): MaybePromise<PeerId>;
  /** Makes the view lose this peer. */
  leave(peer: PeerId): MaybePromise<void>;
  /** Gives back what the rig took. */
  close?(): MaybePromise<void>;
}

/** What the view under test promises. */
export interface PeerViewTraits {
  /** Most peers the view holds: a partial view keeps few. Default: all. */
  readonly capacity?: number;
}

const SAMPLES_COUNT = 2_000;

class Ear implements PeerListener {
  readonly log: string[] = [];
  onPeerUp(peer: PeerId): void {
    this.log.push(`up ${peer}`);
  }
  onPeerDown(peer: PeerId): void {
    this.log.push(`down ${peer}`);
  }
}

function sampled(view: PeerView, random: Random, count: number, exclude?: PeerId): PeerId[] {
  const out: PeerId[] = [];
  const taken =
    exclude === undefined
      ? view.sample(random, count, out)
      : view.sample(random, count, out, exclude);
  assert(taken <= count, `asked for ${count} peers, got ${taken}`);
  assert(out.length >= taken, `returned ${taken} but wrote ${out.length}`);
  return out.slice(0, taken);
}

function neighboursOf(view: PeerView): PeerId[] {
  const peers: PeerId[] = [];
  view.forEachNeighbour((peer) => peers.push(peer));
  return peers;
}

type Test = (what: string, body: (rig: PeerViewRig, peers: PeerId[]) => MaybePromise<void>) => void;

/** What every view keeps. `make` is called once for each test; it knows nobody yet. */
export function peerViewContract(
  api: TestApi,
  name: string,
  make: () => MaybePromise<PeerViewRig>,
  traits: PeerViewTraits = {},
): void {
  const peersCount = Math.min(8, traits.capacity ?? 8);
  const test: Test = (what, body) => {
    api.test(what, async () => {
      const rig = await make();
      try {
        const peers: PeerId[] = [];
        for (let count = 0; count < peersCount; count += 1) peers.push(await rig.join());
        await body(rig, peers);
      } finally {
        await rig.close?.();
      }
    });
  };
  /** What a view of its own draws with dice of this seed, told by the order of joining. */
  const draws = async (seed: number): Promise<string> => {
    const rig = await make();
    try {
      const peers: PeerId[] = [];
      for (let count = 0; count < peersCount; count += 1) peers.push(await rig.join());
      const random = new Random(seed);
      const drawn = Array.from({ length: 20 }, () => sampled(rig.view, random, 2));
      return drawn.map((sample) => sample.map((peer) => peers.indexOf(peer)).join()).join(";");
    } finally {
      await rig.close?.();
    }
  };
  api.describe(`peer view contract: ${name}`, () => {
    api.test("an empty view has nobody to give", async () => {
      const rig = await make();
      try {
        assertEqual(rig.view.size, 0, "size");
        assertEqual(sampled(rig.view, new Random(1), 3), [], "a sample");
        assertEqual(neighboursOf(rig.view), [], "neighbours");
        assert(rig.view.population >= 1, "the population counts this node");
      } finally {
        await rig.close?.();
      }
    });
    api.test("equal dice give equal samples, and the dice given are those used", async () => {
      assertEqual(await draws(5), await draws(5), "samples of the same seed");
      assert(peersCount < 3 || (await draws(5)) !== (await draws(6)), "the dice do not matter");
    });
    sampleTests(test);
    neighbourTests(test);
    changeTests(test);
  });
}

function sampleTests(test: Test): void {
  test("samples are distinct, known, and never the node itself", ({ view, self }, peers) => {
    const random = new Random(2);
    for (let count = 0; count <= peers.length + 2; count += 1) {
      const sample = sampled(view, random, count);
      assertEqual(sample.length, Math.min(count, view.size), `size of a sample of ${count}`);
      assertEqual(new Set(sample).size, sample.length, "how many are distinct");
      assert(!sample.includes(self), "the node sampled itself");
      assert(
        sample.every((peer) => peers.includes(peer)),
        `a stranger among ${sample.join(", ")}`,
      );
    }
  });

  test("the excluded peer is left out, and an unknown one changes nothing", ({
    view,
    self,
  }, peers) => {
    const random = new Random(3);
    for (const peer of peers) {
      const sample = sampled(view, random, peers.length, peer);
      assert(!sample.includes(peer), "the excluded peer was sampled");
      assertEqual(sample.length, view.size - 1, "how many others");
    }
    assertEqual(sampled(view, random, peers.length, self).length, view.size, "without itself");
  });

  test("every peer is sampled as often as any other", ({ view }, peers) => {
    const random = new Random(4);
    const seen = new Map<PeerId, number>();
    for (let count = 0; count < SAMPLES_COUNT; count += 1) {
      for (const peer of sampled(view, random, 1)) seen.set(peer, (seen.get(peer) ?? 0) + 1);
    }
    const expected = SAMPLES_COUNT / peers.length;
    for (const peer of peers) {
      const times = seen.get(peer) ?? 0;
      // Six standard deviations.
      const slack = 6 * Math.sqrt(expected);
      assert(Math.abs(times - expected) < slack, `${peer} came ${times} times of ${expected}`);
    }
  });
}

function neighbourTests(test: Test): void {
  test("neighbours are distinct, known, and never the node itself", ({ view, self }, peers) => {
    const neighbours = neighboursOf(view);
    assert(neighbours.length > 0, "no neighbours");
    assertEqual(new Set(neighbours).size, neighbours.length, "how many are distinct");
    assert(
      neighbours.every((peer) => peer !== self && peers.includes(peer)),
      `neighbours ${neighbours.join(", ")}`,
    );
  });

  test("size and population agree with who is there", ({ view }, peers) => {
    assertEqual(view.size, peers.length, "size");
    assert(view.population >= view.size + 1, `population ${view.population}`);
  });
}

function changeTests(test: Test): void {
  test("who leaves is sampled no more", async (rig, peers) => {
    const [gone, ...others] = peers;
    if (gone === undefined) return;
    await rig.leave(gone);
    const { view } = rig;
    assertEqual(view.size, others.length, "size");
    const sample = sampled(view, new Random(6), peers.length);
    assertEqual(sample.length, others.length, "how many are left");
    assert(
      others.every((peer) => sample.includes(peer)),
      `only ${sample.join(", ")} are left`,
    );
    assert(!neighboursOf(view).includes(gone), "it is still a neighbour");
  });

  test("listeners hear of coming and going once, when the view shows it", async (rig, peers) => {
    const [first] = peers;
    if (first === undefined) return;
    const [one, other] = [new Ear(), new Ear()];
    const sizes: number[] = [];
    rig.view.subscribe(one);
    rig.view.subscribe(other);
    rig.view.subscribe({
      onPeerUp: () => sizes.push(rig.view.size),
      onPeerDown: () => sizes.push(rig.view.size),
    });
    await rig.leave(first);
    const next = await rig.join();
    assertEqual(one.log, [`down ${first}`, `up ${next}`], "what a listener heard");
    assertEqual(other.log, one.log, "what another listener heard");
    assertEqual(sizes, [peers.length - 1, peers.length], "the size at each call");
  });
}
