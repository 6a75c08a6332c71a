/** Requests of one node to another. */
export const requestsDefaults = {
  /** How long an asker waits who does not say. [guess] */
  timeoutMs: 10_000,
  /** Requests of this node that wait for their answer; further ones are refused. [guess] */
  askedMaxCount: 16_384,
  /** Requests that this node answers at a time; further ones are refused. [guess] */
  answeringMaxCount: 1_024,
  /** Of these, of one peer. [because: a quarter, so that one does not keep out others] */
  answeringPerPeerMaxCount: 256,
  /** Largest encoded request or answer. [byzantine §5] */
  payloadMaxBytes: 1_048_576,
  /** After this an answer is not waited for, whatever the asker said. [guess] */
  answerMaxMs: 600_000,
} as const;

export type RequestsOptions = { readonly [Name in keyof typeof requestsDefaults]: number };
