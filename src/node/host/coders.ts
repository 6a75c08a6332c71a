/** Packets as bytes. Codecs of the slices fit in here; the host knows none of them. */
export interface PacketCoder<Message> {
  /** Bytes that label and seal take from a packet. */
  readonly overheadBytes: number;
  /** @throws RangeError for what no packet can hold. */
  encode(message: Message): Uint8Array;
  /** Never throws. What it returns may share memory with `bytes`. */
  decode(bytes: Uint8Array): PacketReading<Message>;
}

export type PacketReading<Message> = { readonly message: Message } | { readonly drop: string };

/** Stream exchanges as bytes. */
export interface StreamCoder<Message> {
  /** @throws RangeError for what cannot be sent. */
  encodeRequest(message: Message): Uint8Array;
  encodeReply(message: Message): Uint8Array;
  /** For what arrives at one end of one stream. */
  decoder(role: "dialer" | "acceptor"): StreamReader<Message>;
}

export interface StreamReader<Message> {
  /**
   * Never throws. After "busy" it is fed again, if only no bytes, in another turn of the event
   * loop; after "message" or "error" it is not asked again.
   */
  feed(bytes: Uint8Array): StreamReading<Message>;
  /** Memory that it takes up, where that is more than the bytes it was fed. */
  readonly heldBytes?: number;
}

export type StreamReading<Message> =
  | { readonly kind: "more" }
  /** The bytes so far are enough to go on with, but that would take long. */
  | { readonly kind: "busy" }
  | { readonly kind: "message"; readonly message: Message }
  | {
      readonly kind: "error";
      readonly reason: string;
      /** What an acceptor answers before it closes; undefined: not a word. */
      readonly reply: Message | undefined;
    };

/** As `reader.feed`; a reader that throws all the same fails this one stream and nothing else. */
export function feedSafely(
  reader: StreamReader<unknown>,
  bytes: Uint8Array,
): StreamReading<unknown> {
  try {
    return reader.feed(bytes);
  } catch {
    return { kind: "error", reason: "codecFailed", reply: undefined };
  }
}

/** Where a host writes; the node's logger fits. */
export interface HostLogger {
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}
