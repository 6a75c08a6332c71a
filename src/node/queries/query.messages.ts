/** On links. The number is for ever. */
export const QUERY_CHANNEL = 22;

/** Says that there is no value; the codecs' own numbers stand beside it. */
export const NO_VALUE = 3;

/** Why a member has no more answers. */
export type EndReason =
  | "done"
  | "unmatched" // the filters leave it out
  | "noAnswerer" // nobody answers queries of this name there
  | "busy"
  | "badValue"
  | "failed" // the user's code threw
  | "badAnswer"
  | "tooLarge"
  | "forgotten" // it knows of no such query: another life, or it waits less long or for fewer
  | "stopping";

export interface TagFilter {
  readonly tag: string;
  /** RE2, searched unanchored. */
  readonly expression: string;
}

/** An encoded value. */
export interface WrittenValue {
  readonly codec: number;
  readonly payload: Uint8Array;
}

export interface QueryQuestion extends WrittenValue {
  readonly kind: "question";
  readonly name: string;
  readonly timeoutMs: number;
  readonly tags: readonly TagFilter[];
  readonly relayCount: number;
  readonly windowCount: number;
  readonly passTo: readonly string[];
}

export interface QueryAck {
  readonly kind: "ack";
}

export interface QueryPart extends WrittenValue {
  readonly kind: "part";
  readonly number: number;
  readonly last: boolean;
}

export interface QueryEnd {
  readonly kind: "end";
  readonly count: number;
  /** A later version may have others. */
  readonly reason: string;
  readonly detail: string;
}

export interface QueryReceipt {
  readonly kind: "receipt";
  readonly number: number;
  readonly again: boolean;
}

export interface QueryWithdrawal {
  readonly kind: "withdrawal";
}

export type QueryContent =
  | QueryQuestion
  | QueryAck
  | QueryPart
  | QueryEnd
  | QueryReceipt
  | QueryWithdrawal;

/** Names a query in the whole cluster. */
export interface QueryKey {
  readonly asker: string;
  readonly askerBoot: number;
  readonly id: number;
}

export interface QueryMessage extends QueryKey {
  /** Empty where it is the sender of the link. */
  readonly from: string;
  /** Empty where it is the receiver of the link. */
  readonly to: string;
  /** The life of who answers; 0 from the asker. */
  readonly boot: number;
  readonly content: QueryContent;
}

export function keyText({ asker, askerBoot, id }: QueryKey): string {
  return `${asker}#${askerBoot}/${id}`;
}
