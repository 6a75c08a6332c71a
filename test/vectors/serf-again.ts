/** Whether what SWIM carries for Serf is written again byte for byte. */
import {
  decodeCoordinate,
  decodeFilter,
  decodeSerf,
  decodeTags,
  encodeCoordinate,
  encodeFilter,
  encodeSerf,
  encodeTags,
} from "../../src/peers/serf/serf.wire.ts";
import type { SwimMessage } from "../../src/peers/swim/swim.messages.ts";
import { hexOf } from "./vector-files.ts";

/** Serf messages, tags and coordinates in `message` that our encoder writes otherwise, in hex. */
export function differencesInside(message: SwimMessage): readonly string[] {
  switch (message.kind) {
    case "compound":
      return message.parts.flatMap(differencesInside);
    case "user":
      return serfDifferences(message.payload);
    case "pushPull": {
      const metas = message.nodes.flatMap((node) => metaDifferences(node.meta));
      return [...metas, ...serfDifferences(message.userState)];
    }
    case "alive":
      return metaDifferences(message.meta);
    case "ack": {
      const coordinate = decodeCoordinate(message.payload);
      return coordinate === undefined
        ? []
        : difference(message.payload, encodeCoordinate(coordinate));
    }
    default:
      return [];
  }
}

function serfDifferences(bytes: Uint8Array): readonly string[] {
  const message = decodeSerf(bytes);
  if (message === undefined) return [];
  const own = difference(bytes, encodeSerf(message));
  switch (message.kind) {
    case "query":
      return [
        ...own,
        ...message.filters.flatMap(filterDifferences),
        ...serfDifferences(message.payload),
      ];
    case "queryResponse":
    case "relay":
      return [...own, ...serfDifferences(message.payload)];
    default:
      return own;
  }
}

function filterDifferences(bytes: Uint8Array): readonly string[] {
  const filter = decodeFilter(bytes);
  return filter === undefined ? [hexOf(bytes)] : difference(bytes, encodeFilter(filter));
}

function metaDifferences(meta: Uint8Array): readonly string[] {
  return meta[0] === 0xff ? difference(meta, encodeTags(decodeTags(meta))) : [];
}

function difference(before: Uint8Array, after: Uint8Array): readonly string[] {
  return isSame(before, after) ? [] : [`${hexOf(before)} became ${hexOf(after)}`];
}

export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
