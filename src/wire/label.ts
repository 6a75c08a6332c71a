import { encodeText } from "./text.ts";

/**
 * The label header: outermost and in clear on each packet and at the start of each dialed stream.
 * Source: specs/memberlist-wire.md section 10.
 */
export const LABEL_TYPE = 0xf4;
export const LABEL_MAX_BYTES = 255;

/** The bytes of a label. @throws RangeError when it is longer than 255 bytes. */
export function labelBytes(label: string): Uint8Array {
  const bytes = encodeText(label);
  if (bytes.length > LABEL_MAX_BYTES) {
    throw new RangeError(`a label has at most ${LABEL_MAX_BYTES} bytes, this one ${bytes.length}`);
  }
  return bytes;
}

/** The header of a label; no bytes at all for the empty one. */
export function labelHeader(label: Uint8Array): Uint8Array {
  if (label.length === 0) return label;
  return Uint8Array.of(LABEL_TYPE, label.length, ...label);
}

/**
 * Length of the header at the start of `bytes` when they carry exactly this label (0 for the empty
 * one, which has no header), or -1 when they carry another or none.
 */
export function matchLabel(bytes: Uint8Array, header: Uint8Array): number {
  if (header.length === 0) return bytes[0] === LABEL_TYPE ? -1 : 0;
  for (let i = 0; i < header.length; i += 1) if (bytes[i] !== header[i]) return -1;
  return header.length;
}
