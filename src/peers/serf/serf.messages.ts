/**
 * Serf's messages, which travel as the payload of memberlist user messages.
 *
 *   join / leave intents  gossip, so that a leave is a leave and not a failure
 *   userEvent             gossip, ordered by the event clock, delivered once
 *   query ─▶ queryResponse (ack, answer) straight back, perhaps by way of a relay
 *   pushPull              state inside memberlist's push/pull
 *
 * Source: specs/memberlist-wire.md sections 21 to 24. Lamport times and 64-bit fields are `number`
 * when safe: the codec drops a message whose time exceeds 2^53 − 1.
 */
export type SerfMessage =
  | LeaveIntentMessage
  | JoinIntentMessage
  | SerfPushPullMessage
  | UserEventMessage
  | QueryMessage
  | QueryResponseMessage
  | ConflictResponseMessage
  | KeyRequestMessage
  | KeyResponseMessage
  | RelayMessage;

export interface LeaveIntentMessage {
  readonly kind: "leave";
  readonly lTime: number;
  readonly node: string;
  readonly prune: boolean;
}
export interface JoinIntentMessage {
  readonly kind: "join";
  readonly lTime: number;
  readonly node: string;
}
export interface SerfPushPullMessage {
  readonly kind: "pushPull";
  readonly lTime: number;
  readonly statusLTimes: ReadonlyMap<string, number>;
  readonly leftMembers: readonly string[];
  readonly eventLTime: number;
  /** Order and gaps mean nothing; nil slots of the sender's ring are left out. */
  readonly events: readonly SerfEventSlot[];
  /** Length of the list on the wire (Serf's ring has 512); kept so that vectors re-encode. */
  readonly eventSlots?: number;
  readonly queryLTime: number;
}
export interface SerfEventSlot {
  readonly lTime: number;
  readonly events: readonly { readonly name: string; readonly payload: Uint8Array }[];
}
export interface UserEventMessage {
  readonly kind: "userEvent";
  readonly lTime: number;
  readonly name: string;
  readonly payload: Uint8Array;
  /** The sender allows coalescing. */
  readonly cc: boolean;
}
export interface QueryMessage {
  readonly kind: "query";
  readonly lTime: number;
  readonly id: number;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly sourceNode: string;
  /** Encoded filters (section 24.1): byte 0 name list, 1 tag expression. */
  readonly filters: readonly Uint8Array[];
  /** 1 = wants ack, 2 = do not rebroadcast. */
  readonly flags: number;
  readonly relayFactor: number;
  /** Nanoseconds. */
  readonly timeoutNs: number;
  readonly name: string;
  readonly payload: Uint8Array;
}
export interface QueryResponseMessage {
  readonly kind: "queryResponse";
  readonly lTime: number;
  readonly id: number;
  readonly from: string;
  /** 1 = this is an ack. */
  readonly flags: number;
  readonly payload: Uint8Array;
}
/** Inside an answer to `_serf_conflict`; `member` is undefined when the node is not known. */
export interface ConflictResponseMessage {
  readonly kind: "conflictResponse";
  readonly member: SerfMemberRecord | undefined;
}
export interface SerfMemberRecord {
  readonly name: string;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly tags: ReadonlyMap<string, string>;
  readonly status: number;
  /** protocolMin, Max, Cur, delegateMin, Max, Cur. */
  readonly vsn: readonly [number, number, number, number, number, number];
}
export interface KeyRequestMessage {
  readonly kind: "keyRequest";
  readonly key: Uint8Array;
}
export interface KeyResponseMessage {
  readonly kind: "keyResponse";
  readonly result: boolean;
  readonly message: string;
  readonly keys: readonly string[];
  readonly primaryKey: string;
}
/** `payload` is a whole Serf message (type byte first) for `destAddr`. */
export interface RelayMessage {
  readonly kind: "relay";
  readonly destAddr: Uint8Array;
  readonly destPort: number;
  readonly destZone: string;
  readonly destName: string;
  readonly payload: Uint8Array;
}
