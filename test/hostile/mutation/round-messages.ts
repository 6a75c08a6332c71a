/** Messages of anti-entropy's rounds: sets of dots, digests, updates and sketches. */
import { DotSet } from "../../../src/core/dot-set.ts";
import { makeOrigin } from "../../../src/core/peer.ts";
import { encodeAntiEntropy } from "../../../src/exchange/anti-entropy/anti-entropy.wire.ts";
import type { FindCodec } from "../../../src/exchange/enrolled.ts";
import { userPacket } from "./own-messages.ts";
import type { SeedMessage } from "./seeds.ts";

type AntiEntropyMessage = Parameters<typeof encodeAntiEntropy>[0];

const one = makeOrigin("peer1", 7);
const other = makeOrigin("peer2", 7);
const seen = DotSet.of({ origin: one, seq: 1 }, { origin: one, seq: 2 }, { origin: other, seq: 9 });
const replica = "topic:Commit";
const next = { origin: other, seq: 12 };
const digests = [{ replica, seen, extent: "partial" as const, size: 9, next }];
const wants = [{ replica, dots: DotSet.of({ origin: other, seq: 2 ** 40 }) }];
const updates = [[{ origin: one, seq: 1 }, Uint8Array.of(1, 2, 3)]] as const;
const delta = { updates, covers: new DotSet(), forgotten: seen, more: true };
const items = [{ replica, delta }];
const claims = [{ replica, hash: 2 ** 50, recent: seen, size: 3, resume: next }];

const messages: readonly AntiEntropyMessage[] = [
  { kind: "compare", round: 1, turn: 1, mode: "pushPull", claims },
  { kind: "digests", round: 1, turn: 2, digests, wants },
  { kind: "wants", round: 1, turn: 3, digests, wants, items, more: true },
  { kind: "items", round: 1, turn: 4, items },
  { kind: "more", round: 1, turn: 5, replica, first: 64, count: 128 },
];

/** Updates are bytes here. */
export const bytesCodec: FindCodec = () => ({
  encode: (update) => (update instanceof Uint8Array ? update : new Uint8Array(0)),
  decode: (bytes) => bytes,
});

export function roundMessages(): SeedMessage[] {
  return messages.map((message) => {
    const frame = Uint8Array.from(encodeAntiEntropy(message, one, bytesCodec));
    return { name: `round ${message.kind}`, via: "packet", bytes: userPacket(frame) };
  });
}
