/** The numbers of replica sets. */
export const replicaSetDefaults = {
  /** How long an origin may be away before the others stop waiting for it. [DESIGN section 2] */
  evictAfterMs: 24 * 60 * 60 * 1_000,
  /** Time between two looks at who is away, and at what may be cleared away. [guess] */
  upkeepIntervalMs: 10_000,
  /** Records about places kept; more are put off until some were cleared away. [guess] */
  recordsMaxCount: 262_144,
  /** Records in the journal, beyond twice what is kept, after which it gets a snapshot. [guess] */
  snapshotAfterCount: 1_000,
} as const;

export type ReplicaSetOptions = { readonly [Name in keyof typeof replicaSetDefaults]: number };
