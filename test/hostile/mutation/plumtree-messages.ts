/** What Plumtree's neighbours say to each other: payloads, names, and changes of the tree. */
import { makeOrigin } from "../../../src/core/peer.ts";
import { type Part, PLUMTREE_CHANNEL } from "../../../src/exchange/plumtree/plumtree.messages.ts";
import { encodePlumtree } from "../../../src/exchange/plumtree/plumtree.wire.ts";
import { encodeFrame } from "../../../src/wire/frame.ts";
import { userPacket } from "./own-messages.ts";
import { bytesCodec } from "./round-messages.ts";
import type { SeedMessage } from "./seeds.ts";

const one = makeOrigin("peer1", 7);
const other = makeOrigin("peer2", 7);
const updates = [Uint8Array.of(1, 2, 3), new Uint8Array(), Uint8Array.of(9)];
const silence: Part = {
  replica: "topic:Commit",
  gossips: [],
  announced: [],
  lacked: [],
  wanted: [],
  grafts: [],
  prunes: [],
  offered: [],
};

const parts: Readonly<Record<string, Partial<Part>>> = {
  payloads: {
    gossips: [
      { origin: one, first: 1, round: 0, updates },
      { origin: other, first: 2 ** 40, round: 9, updates: updates.slice(0, 1) },
    ],
  },
  names: { announced: [{ origin: one, first: 1, last: 2 ** 40, round: 255 }] },
  wants: {
    wanted: [{ origin: other, first: 5, last: Number.MAX_SAFE_INTEGER - 1, round: 3 }],
    grafts: ["", one],
  },
  offers: { offered: [{ origin: one, seq: 5, round: 1, bytes: 70_000 }] },
  refusals: { lacked: [{ origin: one, first: 3, last: 4 }], prunes: [other, ""] },
};

export function plumtreeMessages(): SeedMessage[] {
  return Object.entries(parts).map(([name, part]) => {
    const message = { kind: "batch", parts: [{ ...silence, ...part }] } as const;
    const body = encodePlumtree(message, bytesCodec);
    const frame = Uint8Array.from(encodeFrame({ origin: one, channel: PLUMTREE_CHANNEL, body }));
    return { name: `plumtree ${name}`, via: "packet", bytes: userPacket(frame) };
  });
}
