/**
 * The messages of SWIM as HashiCorp memberlist speaks it.
 *
 *   A ── ping(seq) ──────────▶ B          direct probe (UDP; TCP as the fallback)
 *   A ◀───────── ack(seq) ──── B
 *   A ── indirectPing(seq,B) ─▶ C ── ping ─▶ B     B did not answer in time: ask others
 *   A ◀─ ack(seq) | nack(seq) ─ C ◀─ ack ── B
 *   A ── suspect(B) ▶ …                    nobody reached B: gossip the suspicion
 *   B ── alive(B, incarnation + 1) ▶ …     B lives and refutes it
 *   A ── dead(B) ▶ …                       nobody refuted it in time
 *   A ◀══ pushPull ══▶ B                   all state, both ways, over a stream
 *
 * Source: specs/memberlist-wire.md sections 2, 4, 6, 8 and 12. Byte strings are never null here:
 * the codec reads nil as empty. IP addresses stay the bytes that came (section 4.1).
 */
export type SwimMessage =
  | PingMessage
  | IndirectPingMessage
  | AckMessage
  | NackMessage
  | SuspectMessage
  | AliveMessage
  | DeadMessage
  | UserMessage
  | CompoundMessage
  | ChecksummedMessage
  | PushPullMessage
  | ErrorMessage;

/** Where an answer should go; absent from nodes older than memberlist 0.2.0. */
export interface SourceFields {
  /** IP bytes (4 or 16), empty when absent. */
  readonly sourceAddr: Uint8Array;
  /** 0 when absent. */
  readonly sourcePort: number;
  /** Empty when absent. */
  readonly sourceNode: string;
}
export interface PingMessage extends SourceFields {
  readonly kind: "ping";
  readonly seqNo: number;
  /** Name of the node meant; empty in pings from nodes that do not know it. */
  readonly node: string;
}
export interface IndirectPingMessage extends SourceFields {
  readonly kind: "indirectPing";
  readonly seqNo: number;
  readonly target: Uint8Array;
  readonly port: number;
  readonly node: string;
  /** The asker understands nack. */
  readonly nack: boolean;
}
export interface AckMessage {
  readonly kind: "ack";
  readonly seqNo: number;
  /** Serf: a network coordinate. Empty when there is none. */
  readonly payload: Uint8Array;
}
export interface NackMessage {
  readonly kind: "nack";
  readonly seqNo: number;
}
export interface SuspectMessage {
  readonly kind: "suspect";
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}
/** `from === node` is a graceful leave. */
export interface DeadMessage {
  readonly kind: "dead";
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}
export interface AliveMessage {
  readonly kind: "alive";
  readonly incarnation: number;
  readonly node: string;
  /** 4 or 16 bytes, exactly as received. */
  readonly addr: Uint8Array;
  readonly port: number;
  /** At most 512 bytes. */
  readonly meta: Uint8Array;
  /** pmin, pmax, pcur, dmin, dmax, dcur: six bytes from every modern node, fewer from old ones. */
  readonly vsn: Uint8Array;
}
/** Bytes for the layers above: opaque here, Serf or Hearsay there. On streams up to 1 MiB. */
export interface UserMessage {
  readonly kind: "user";
  readonly payload: Uint8Array;
}
/** Several messages in one packet; at most 255, each a whole message. Packets only. */
export interface CompoundMessage {
  readonly kind: "compound";
  readonly parts: readonly SwimMessage[];
}
/** Asks the codec for a CRC-32 in front. Outermost only; receivers see the inner message. */
export interface ChecksummedMessage {
  readonly kind: "hasCrc";
  readonly message: SwimMessage;
}
/** Streams only: all state of one side. */
export interface PushPullMessage {
  readonly kind: "pushPull";
  readonly join: boolean;
  readonly nodes: readonly PushPullNode[];
  /** The layer above's own state (Serf's, section 22); empty when there is none. */
  readonly userState: Uint8Array;
}
export interface PushPullNode {
  readonly name: string;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly meta: Uint8Array;
  readonly incarnation: number;
  /** 0 alive, 1 suspect, 2 dead, 3 left; other numbers are ignored by the merge. */
  readonly state: number;
  readonly vsn: Uint8Array;
}
/** Streams only, from the acceptor: the framing could not be read. */
export interface ErrorMessage {
  readonly kind: "err";
  readonly error: string;
}
