/**
 * The frame of compressed messages behind its type byte: map{Algo, Buf}.
 * Source: specs/memberlist-wire.md section 7.
 */
import { type LzwOutcome, lzwDecode, lzwEncode } from "./lzw.ts";
import { type MsgpackReader, nilBytes } from "./msgpack-reader.ts";
import { rawSize } from "./msgpack-sizes.ts";
import { StructFields } from "./msgpack-struct.ts";
import { keyBytes, type MsgpackWriter } from "./msgpack-writer.ts";

export const COMPRESS_TYPE = 9;

/** The only algorithm there is. */
const LZW = 0;
const ALGORITHM_MAX = 255;
const frameFields = new StructFields(["Algo", "Buf"]);
const algoKey = keyBytes("Algo");
const bufKey = keyBytes("Buf");
/** Type byte, map head, both keys and the algorithm. */
const FRAME_HEAD_BYTES = 2 + algoKey.length + 1 + bufKey.length;

/**
 * Replaces what `out` holds from `start` on by its compressed frame; "ifShorter", as in packets,
 * leaves it when the frame is not strictly shorter.
 */
export function compressFrom(
  out: MsgpackWriter,
  start: number,
  when: "always" | "ifShorter",
): void {
  const plain = out.view(start);
  const packed = lzwEncode(plain);
  if (when === "ifShorter" && FRAME_HEAD_BYTES + rawSize(packed) >= plain.length) return;
  out.cutTo(start);
  out.byte(COMPRESS_TYPE);
  out.mapHead(2);
  out.append(algoKey);
  out.int(LZW);
  out.append(bufKey);
  out.raw(packed);
}

export type Packed =
  | { readonly kind: "packed"; readonly bytes: Uint8Array }
  | { readonly kind: "malformed" }
  | { readonly kind: "unknownAlgorithm"; readonly algorithm: number };
export type Uncompressed = LzwOutcome | Exclude<Packed, { readonly kind: "packed" }>;

/** Reads the frame's map and unpacks it to at most `plainMaxBytes`. */
export function readCompressed(reader: MsgpackReader, plainMaxBytes: number): Uncompressed {
  const packed = readPacked(reader);
  return packed.kind === "packed" ? lzwDecode(packed.bytes, plainMaxBytes) : packed;
}

/** Reads the frame's map only. */
export function readPacked(reader: MsgpackReader): Packed {
  let algorithm = LZW;
  let packed = nilBytes;
  const fields = frameFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Algo") algorithm = reader.uint(ALGORITHM_MAX);
    else packed = reader.raw();
  }
  if (reader.failure !== undefined) return { kind: "malformed" };
  if (algorithm !== LZW) return { kind: "unknownAlgorithm", algorithm };
  return { kind: "packed", bytes: packed };
}
