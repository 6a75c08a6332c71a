/** Messages of rumour mongering: calls, answers, feedback and payloads. */
import { makeOrigin } from "../../../src/core/peer.ts";
import type { RumorMessage, Told } from "../../../src/exchange/rumor/rumor.messages.ts";
import { encodeRumor } from "../../../src/exchange/rumor/rumor.wire.ts";
import { userPacket } from "./own-messages.ts";
import { bytesCodec } from "./round-messages.ts";
import type { SeedMessage } from "./seeds.ts";

const one = makeOrigin("peer1", 7);
const other = makeOrigin("peer2", 7);
const replica = "topic:Commit";
const update = Uint8Array.of(1, 2, 3);
const rumors: readonly Told[] = [
  { replica, dot: { origin: one, seq: 1 }, update, standing: 1, hops: 1 },
  { replica, dot: { origin: other, seq: 2 ** 40 }, update, standing: 250, hops: 9 },
  { replica, dot: { origin: one, seq: 2 }, update: undefined, standing: 254, hops: 2 },
];

const messages: readonly RumorMessage[] = [
  { kind: "knock", round: 1 },
  { kind: "call", round: 2, mode: "pushPull", feedback: "feedback", wantsNames: true, rumors },
  { kind: "answer", round: 3, feedback: "feedback", standings: [0, 1, 252, 255], rumors },
  { kind: "feedback", round: 4, standings: [0, 254] },
  { kind: "payloads", round: 5, rumors },
];

export function rumorMessages(): SeedMessage[] {
  return messages.map((message) => {
    const frame = Uint8Array.from(encodeRumor(message, one, bytesCodec));
    return { name: `rumor ${message.kind}`, via: "packet", bytes: userPacket(frame) };
  });
}
