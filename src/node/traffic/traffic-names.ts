import { serfTypes } from "../../peers/serf/serf.wire.ts";
import type { SwimMessage } from "../../peers/swim/swim.messages.ts";
import { swimTypes } from "../../peers/swim/wire/swim.wire.ts";
import { FRAME_MAGIC, FRAME_VERSION } from "../../wire/frame.ts";

/*
 * What bytes and messages are counted under. The set is closed: what a peer makes up has no name
 * of its own. A slot is the place of a name in tables.
 */

/** The protocols of Hearsay by the numbers they have in frames; large messages go with small. */
export const channelNames: Readonly<Record<number, string>> = {
  1: "broadcast",
  2: "agreement",
  3: "antiEntropy",
  4: "plumtree",
  5: "rumor",
  6: "hyparview",
  7: "sampling",
  8: "requests",
  9: "directMail",
  10: "flooding",
  11: "plumtree",
  12: "rumor",
  13: "nodeState",
  14: "snapshots",
  15: "raft",
  16: "orderedLog",
  17: "snapshots",
  18: "ledger",
  19: "aggregate",
  20: "degraded",
  21: "reachability",
  22: "queries",
  23: "monitor",
  24: "heartbeat",
  25: "relayed",
  26: "certificates",
  27: "traces",
};

const ownNames = [
  /** Of a channel, or of a kind, that this version does not know. */
  "other",
  /** What stands around messages: heads, checksums, seals, labels, introductions. */
  "envelope",
  /** What could not be read, whole. */
  "unreadable",
  /** What links say for themselves: that they are there, which channels are open, goodbye. */
  "links",
] as const;

const swimKinds = Object.keys(swimTypes);
const swimNames = swimKinds.map((kind) => `swim.${kind}`);
const serfNames = Object.keys(serfTypes).map((kind) => `serf.${kind}`);

/** `swim.ping`, `serf.query`, `plumtree`: by slot. */
export const slotNames: readonly string[] = [
  ...ownNames,
  ...swimNames,
  ...serfNames,
  ...new Set(Object.values(channelNames)),
];

/** Of those that no message names. */
export const ownSlots = {
  other: 0,
  envelope: 1,
  unreadable: 2,
  links: 3,
} as const satisfies Record<(typeof ownNames)[number], number>;

const SWIM_AT = ownNames.length;
const SERF_AT = SWIM_AT + swimNames.length;
/** By the type byte: a list's place is found faster than a map's key. */
const typeSlots: number[] = Array.from({ length: 256 }, () => ownSlots.other);
for (const [at, type] of Object.values(swimTypes).entries()) typeSlots[type] = SWIM_AT + at;
const channelSlots: readonly number[] = Array.from(
  { length: 1 + Math.max(...Object.keys(channelNames).map(Number)) },
  (_, channel) => {
    const name = channelNames[channel];
    return name === undefined ? ownSlots.other : slotNames.indexOf(name);
  },
);

export function channelSlot(channel: number): number {
  return channelSlots[channel] ?? ownSlots.other;
}

export function swimSlot(message: SwimMessage): number {
  if (message.kind === "user") return userSlot(message.payload);
  return typeSlots[swimTypes[message.kind]] ?? ownSlots.other;
}

/** By the channel of Hearsay's frame (wire/frame.ts), or Serf's type; nothing is decoded. */
function userSlot(payload: Uint8Array): number {
  const type = payload[0] ?? 255;
  if (type === FRAME_MAGIC && payload[1] === FRAME_VERSION) return channelSlot(channelOf(payload));
  if (type < serfNames.length) return SERF_AT + type;
  return typeSlots[swimTypes.user] ?? ownSlots.other;
}

/** Behind the origin, whose length is a varint of at most two bytes; so is the channel's number. */
function channelOf(payload: Uint8Array): number {
  const low = payload[2] ?? 0;
  const isLong = low > 127;
  const length = isLong ? low - 128 + (payload[3] ?? 0) * 128 : low;
  const at = (isLong ? 4 : 3) + length;
  const first = payload[at] ?? 0;
  return first > 127 ? first - 128 + (payload[at + 1] ?? 0) * 128 : first;
}
