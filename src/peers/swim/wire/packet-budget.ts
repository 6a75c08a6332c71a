/*
 * What things cost in a packet. Label and seal are the host's: `env.packetMaxBytes` is what they
 * leave. The 5 bytes of a checksum are not counted. Source: spec section 11.
 */

/** Head of a compound: kind and count. */
export const COMPOUND_HEAD_BYTES = 2;
/** Each message in a compound has a length in its head. */
export const COMPOUND_PART_BYTES = 2;
/** The kind byte of a user message. */
export const USER_HEAD_BYTES = 1;
/** A compound counts its messages in one byte. */
export const COMPOUND_PARTS_MAX = 255;
