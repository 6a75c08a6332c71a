/** Why a packet, a part of one or a stream was not read. Each is counted under its name. */
export const dropReasons = {
  empty: "It holds no message.",
  label: "It has another label than ours, or none, or we have none (spec section 10).",
  decrypt: "No key of the keyring opens it.",
  encryption: "It is sealed and we have no key, or the other way round (section 9.4).",
  crc: "Its checksum does not match (section 8).",
  unknownType: "Its first byte names no message.",
  misplacedType: "Its message does not belong there: a push/pull in a packet, a CRC inside a part.",
  malformed: "Its bytes do not form the message its first byte promises.",
  truncated: "It ends before its message does.",
  number: "A number in it is beyond the range of its field, or beyond 2^53 − 1.",
  tooLarge: "It, or what it declares or unpacks to, exceeds a bound.",
  tooDeep: "It wraps messages in messages beyond the bound.",
  compression: "Its compressed bytes are no LZW, or the algorithm is unknown (section 7).",
} as const;

export type DropReason = keyof typeof dropReasons;
