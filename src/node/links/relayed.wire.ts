/**
 * Pieces of relayed links, as messages of channel 25:
 *
 *   message  kind u8 (0 open, 1 piece, 2 credit, 3 close) ‖ numberOf u8 (0 mine, 1 yours)
 *            ‖ number varint ‖ what the kind has
 *   open     origin text ‖ target text        piece   bytes, to the end
 *   credit   bytes varint                     close   nothing
 */
import { readText, writeText } from "../../core/dot-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { PASSAGE_WINDOW_BYTES, PIECE_MAX_BYTES, type RelayedMessage } from "./relayed.messages.ts";

const kinds = ["open", "piece", "credit", "close"] as const;
const owners = ["mine", "yours"] as const;
const NAME_MAX_LENGTH = 128;
/** Kind, owner, number. */
const HEAD_MAX_BYTES = 10;

export function encodeRelayed(message: RelayedMessage): Uint8Array {
  const bytesCount = message.kind === "piece" ? message.bytes.length : 64;
  const writer = new ByteWriter(HEAD_MAX_BYTES + bytesCount);
  writer.byte(kinds.indexOf(message.kind));
  writer.byte(owners.indexOf(message.numberOf));
  writer.varint(message.number);
  if (message.kind === "open") {
    writeText(writer, message.origin);
    writeText(writer, message.target);
  } else if (message.kind === "piece") writer.bytes(message.bytes);
  else if (message.kind === "credit") writer.varint(message.bytesCount);
  return writer.finish();
}

/** Never throws; bytes are a view. @returns undefined for what is no message. */
export function decodeRelayed(bytes: Uint8Array): RelayedMessage | undefined {
  const reader = new ByteReader(bytes);
  const kind = kinds[reader.byte() ?? kinds.length];
  const numberOf = owners[reader.byte() ?? owners.length];
  const number = reader.varint();
  if (kind === undefined || numberOf === undefined || number === undefined) return undefined;
  switch (kind) {
    case "open": {
      const origin = readName(reader);
      const target = readName(reader);
      return origin && target ? { kind, numberOf, number, origin, target } : undefined;
    }
    case "piece": {
      const piece = reader.bytes(reader.remainingBytes);
      const isPiece = piece !== undefined && piece.length > 0 && piece.length <= PIECE_MAX_BYTES;
      return isPiece ? { kind, numberOf, number, bytes: piece } : undefined;
    }
    case "credit": {
      const bytesCount = reader.varint();
      const isCredit = bytesCount !== undefined && bytesCount <= PASSAGE_WINDOW_BYTES;
      return isCredit ? { kind, numberOf, number, bytesCount } : undefined;
    }
    case "close":
      return { kind, numberOf, number };
  }
}

function readName(reader: ByteReader): string | undefined {
  const name = readText(reader);
  return name === "" || (name?.length ?? 0) > NAME_MAX_LENGTH ? undefined : name;
}
