/** On links. The number is for ever. */
export const REQUEST_CHANNEL = 8;

/** Says that there is no value; the codecs' own numbers stand beside it. */
export const NO_VALUE = 3;

/** Why there is no answer. */
export type RefusalReason =
  | "unknownTopic"
  | "unanswered" // nobody answers the topic there
  | "busy"
  | "badValue"
  | "failed" // the user's code threw
  | "badAnswer"
  | "tooLarge"
  | "stopping";

export interface Question {
  readonly kind: "question";
  readonly tag: string;
  readonly codec: number;
  readonly payload: Uint8Array;
  /** From when it was asked. */
  readonly timeoutMs: number;
}

export interface AnswerValue {
  readonly kind: "answer";
  readonly codec: number;
  readonly payload: Uint8Array;
}

export interface Refusal {
  readonly kind: "refusal";
  /** A later version may have others. */
  readonly reason: string;
  readonly detail: string;
}

export interface Withdrawal {
  readonly kind: "withdrawal";
}

export type RequestContent = Question | AnswerValue | Refusal | Withdrawal;

export interface RequestMessage {
  /** Among those of the asker. */
  readonly id: number;
  readonly content: RequestContent;
}
