/** The numbers of direct mail. */
export const directMailDefaults = {
  /** Letters that wait; further ones are dropped and counted. [guess] */
  queueMaxCount: 100_000,
  /** Letters sent at a time. [because: a receiver's socket holds about 200 packets] */
  batchMaxCount: 100,
  /** Time between two batches. [guess] */
  batchIntervalMs: 10,
} as const;

export type DirectMailOptions = { readonly [Name in keyof typeof directMailDefaults]: number };
