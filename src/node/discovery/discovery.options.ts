/** Finding nodes to join by names rather than addresses. */
export const discoveryDefaults = {
  /**
   * Mean pause between two looks; each is between half of it and one and a half.
   * [because: TTLs of headless services are 5 to 60 s; memberlist's users refresh each 60 s]
   */
  everyMs: 60_000,
  /** Pause after a look that found nobody; doubles up to `everyMs`. [guess] */
  retryMs: 1_000,
  /** A look that takes longer has failed. [because: two tries at two resolvers, 2 s each] */
  timeoutMs: 10_000,
  /** Addresses kept of one look; of more, the dice choose. [because: a few seeds are enough] */
  addressesMaxCount: 32,
} as const;
