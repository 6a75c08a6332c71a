/**
 * How long SWIM's messages are as memberlist's bytes, without encoding them, and without Node: a
 * simulation in a browser measures the same.
 * Source: specs/memberlist-wire.md sections 2, 4, 6 and 8.
 */
import { rawSize, textSize, uintSize } from "../../../wire/msgpack-sizes.ts";
import type { SwimSizes } from "../swim.contract.ts";
import type { PushPullNode, SourceFields, SwimMessage } from "../swim.messages.ts";

/** Type byte and checksum (section 8). */
const CHECKSUM_HEAD_BYTES = 5;

/** What stands for keys and heads is counted by hand below. */
export const swimSizes: SwimSizes = { byteLength };

function byteLength(message: SwimMessage): number {
  switch (message.kind) {
    case "ping":
      return 13 + textSize(message.node) + uintSize(message.seqNo) + sourceSize(message);
    case "ack":
      return 16 + rawSize(message.payload) + uintSize(message.seqNo);
    case "user":
      return 1 + message.payload.length;
    case "indirectPing":
      return (
        31 +
        textSize(message.node) +
        uintSize(message.port) +
        uintSize(message.seqNo) +
        rawSize(message.target) +
        sourceSize(message)
      );
    case "nack":
      return 8 + uintSize(message.seqNo);
    case "suspect":
    case "dead":
      return 24 + textSize(message.from) + uintSize(message.incarnation) + textSize(message.node);
    case "alive":
      return 38 + textSize(message.node) + recordSize(message);
    case "compound":
      return message.parts.reduce((sum, part) => sum + 2 + byteLength(part), 2);
    case "hasCrc":
      return CHECKSUM_HEAD_BYTES + byteLength(message.message);
    case "pushPull":
      return (
        message.nodes.reduce((sum, node) => sum + nodeSize(node), 27 + message.userState.length) +
        uintSize(message.nodes.length) +
        uintSize(message.userState.length)
      );
    case "err":
      return 8 + textSize(message.error);
  }
}

function sourceSize(message: SourceFields): number {
  return (
    (message.sourceAddr.length === 0 ? 0 : 11 + rawSize(message.sourceAddr)) +
    (message.sourceNode === "" ? 0 : 11 + textSize(message.sourceNode)) +
    (message.sourcePort === 0 ? 0 : 11 + uintSize(message.sourcePort))
  );
}

function nodeSize(node: PushPullNode): number {
  return 43 + textSize(node.name) + uintSize(node.state) + recordSize(node);
}

function recordSize(record: {
  readonly addr: Uint8Array;
  readonly incarnation: number;
  readonly meta: Uint8Array;
  readonly port: number;
  readonly vsn: Uint8Array;
}): number {
  return (
    rawSize(record.addr) +
    uintSize(record.incarnation) +
    rawSize(record.meta) +
    uintSize(record.port) +
    rawSize(record.vsn)
  );
}
