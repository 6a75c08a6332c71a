import fc from "fast-check";
import { expect, it } from "vitest";
import { type PeerId, peerId } from "../../core/peer.ts";
import { RecordingLinkEnv } from "../../testing/recording-env.ts";
import type { HyParViewMessage, KnownPeer } from "./hyparview.messages.ts";
import { hyparviewDefaults } from "./hyparview.options.ts";
import type { HyParViewTimer } from "./hyparview.timers.ts";
import { HyParView } from "./hyparview.ts";

const SELF = "self";

const name: fc.Arbitrary<PeerId> = fc
  .oneof(
    fc.nat(30).map((number) => `p${number}`),
    fc.constantFrom(SELF, "", "x".repeat(200)),
  )
  .map(peerId);
const data = fc.uint8Array({ maxLength: 600 });
const known: fc.Arbitrary<KnownPeer> = fc.record({ peer: name, data }, { requiredKeys: ["peer"] });
const peers = fc.array(known, { maxLength: 12 });
const ttl = fc.constantFrom(0, 1, 3, 6, 4_294_967_295, -1, Number.NaN);
const one = <Kind extends string>(kind: Kind) => fc.constant(kind);
const count = fc.oneof(fc.nat(9), fc.constant(Number.MAX_SAFE_INTEGER), fc.constant(Number.NaN));
const beacon = fc.record({ root: name, count, ageMs: fc.constantFrom(0, 1e6, -1, Number.NaN) });

const message: fc.Arbitrary<HyParViewMessage> = fc.oneof(
  fc.record({ kind: one("join"), data }, { requiredKeys: ["kind"] }),
  fc.record({ kind: one("neighborReply"), data }, { requiredKeys: ["kind"] }),
  fc.record(
    { kind: one("neighbor"), priority: fc.constantFrom("high", "low"), data },
    { requiredKeys: ["kind", "priority"] },
  ),
  fc.record({ kind: one("forwardJoin"), joiner: known, ttl }),
  fc.record({ kind: one("disconnect"), why: fc.constantFrom("room", "leave") }),
  fc.record({ kind: one("shuffle"), origin: known, peers, ttl }),
  fc.record({ kind: one("shuffleReply"), peers }),
  fc.record({ kind: one("probe"), peers, root: name }, { requiredKeys: ["kind", "peers"] }),
  fc.record({ kind: one("probeReply"), peers, root: name }, { requiredKeys: ["kind", "peers"] }),
  fc.record({ kind: one("beacon"), beacon }),
);
const sender = fc.nat(80).map((number) => peerId(`p${number}`));
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ from: sender, message }) },
  { weight: 2, arbitrary: fc.record({ up: sender }) },
  { weight: 1, arbitrary: fc.record({ down: sender }) },
  { weight: 1, arbitrary: fc.record({ passMs: fc.nat(90_000) }) },
);

it("whatever peers say, views stay bounded and disjoint, and nothing throws", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const env = new RecordingLinkEnv<HyParViewMessage, HyParViewTimer>();
      const counters = { add: () => {} };
      const wiring = { counters, afterStep: (body: () => void) => body(), onPeerData: () => {} };
      const hyparview = new HyParView(env, wiring, hyparviewDefaults);
      const neighbours = new Set<PeerId>();
      hyparview.subscribe({
        onPeerUp: (peer) => expect(neighbours.has(peer) || !neighbours.add(peer)).toBe(false),
        onPeerDown: (peer) => expect(neighbours.delete(peer)).toBe(true),
      });
      hyparview.start();
      for (const what of steps) {
        if ("message" in what) hyparview.onMessage(what.from, what.message);
        else if ("up" in what) hyparview.onLinkUp(what.up);
        else if ("down" in what) hyparview.onLinkDown(what.down);
        else env.advance(what.passMs, hyparview);
        // What it sends for one message is bounded as well.
        expect(env.taken().length).toBeLessThan(400);
        const kept = hyparview.worthKeeping().map(({ peer }) => peer);
        expect(new Set(kept).size).toBe(kept.length);
        expect(kept).not.toContain(SELF);
        expect(neighbours.size).toBeLessThanOrEqual(hyparviewDefaults.activeCount);
        expect(kept.length).toBeLessThanOrEqual(
          hyparviewDefaults.activeCount + hyparviewDefaults.passiveCount,
        );
        expect(kept.slice(0, neighbours.size).every((peer) => neighbours.has(peer))).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});
