import type { PeerId } from "../core/peer.ts";
import { historyUpdateBytes } from "../data/history/history.wire.ts";
import type { RumorMessage, Told } from "../exchange/rumor/rumor.messages.ts";
import type { ParcelContent } from "./parcel.ts";

/** Numbers and lengths of a message, of a part of one, and a hash with its age. */
const MESSAGE_BYTES = 32;
const PART_BYTES = 24;
const CELL_BYTES = 10;

/** About how many bytes it has on the wire, and never less. */
export function bytesOfContent(content: ParcelContent): number {
  if (content.channel === "rumor") return bytesOfRumor(content.message);
  const { message } = content;
  if (message.kind === "goodbye") return 0;
  let bytes = MESSAGE_BYTES + CELL_BYTES * message.sketch.length;
  for (const { data, peer } of message.descriptors) bytes += partBytes(peer) + data.length;
  for (const { peer } of message.goodbyes) bytes += partBytes(peer);
  return bytes;
}

function bytesOfRumor(message: RumorMessage): number {
  if (!("rumors" in message)) return MESSAGE_BYTES;
  return message.rumors.reduce((sum, told) => sum + bytesOfTold(told), MESSAGE_BYTES);
}

function bytesOfTold({ dot, replica, update }: Told): number {
  const bytes = update === undefined ? 0 : historyUpdateBytes(update);
  return partBytes(dot.origin) + partBytes(replica) + bytes;
}

/** A name in a message: at most three bytes a letter, and numbers and lengths beside it. */
function partBytes(name: PeerId | string): number {
  return 3 * String(name).length + PART_BYTES;
}

/**
 * A message that tells more than a packet holds, as several that each fit. Calls that want no
 * answer need not be whole; what one packet cannot hold stays alone and goes by a stream.
 */
export function partsOf(message: RumorMessage, contentMaxBytes: number): readonly RumorMessage[] {
  if (bytesOfRumor(message) <= contentMaxBytes) return [message];
  if (message.kind !== "call" || message.feedback !== "blind") return [message];
  const parts: Told[][] = [];
  let leftBytes = 0;
  for (const told of message.rumors) {
    const bytes = bytesOfTold(told);
    const part = parts.at(-1);
    if (part === undefined || bytes > leftBytes) {
      parts.push([told]);
      leftBytes = contentMaxBytes - MESSAGE_BYTES - bytes;
    } else {
      part.push(told);
      leftBytes -= bytes;
    }
  }
  return parts.map((rumors) => ({ ...message, rumors }));
}
