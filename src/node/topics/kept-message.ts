import type { Dot } from "../../core/dot.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { HistoryUpdate } from "../../data/history/history.messages.ts";
import type { TopicRumor } from "./topic.ts";

/** What a message has in a history beside its value: codec, and two varints of its time. */
export const KEPT_HEAD_MAX_BYTES = 1 + 8 + 8;
const CODEC_MAX = 255;
const COUNTER_MAX = 0xffff;

/** What a publisher says, before it has a number. */
export type SaidMessage = Pick<TopicRumor, "clock" | "codec" | "payload">;

/**
 * A message as a history keeps it: codec u8 ‖ clock ms varint ‖ clock counter varint ‖ value. It is
 * made of what travels, and so is the same bytes on every node.
 */
export function keptUpdate({ clock, codec, payload }: SaidMessage): HistoryUpdate {
  const writer = new ByteWriter(payload.length + KEPT_HEAD_MAX_BYTES);
  writer.byte(codec);
  writer.varint(clock.ms);
  writer.varint(clock.counter);
  writer.bytes(payload);
  return { atMs: clock.ms, payload: writer.finish() };
}

/** The message again; undefined when another program wrote it. */
export function keptRumor(tag: string, dot: Dot, update: HistoryUpdate): TopicRumor | undefined {
  const reader = new ByteReader(update.payload);
  const codec = reader.byte();
  const ms = reader.varint();
  const counter = reader.varint();
  const payload = reader.bytes(reader.remainingBytes);
  if (codec === undefined || ms === undefined || payload === undefined) return undefined;
  if (counter === undefined || counter > COUNTER_MAX || codec > CODEC_MAX) return undefined;
  const { origin, seq } = dot;
  return { origin, seq, historySeq: seq, tag, codec, payload, clock: { ms, counter } };
}
