/** Whether nodes bound what one peer, or the updates of one origin, may cost them. */
export type Budgets = "on" | "off";

const WITHOUT_BOUND = 1_000_000_000;

/** Per peer 200 updates a second, per origin 50: those of the spec (byzantine §5). */
export const budgetOptions = {
  on: {
    rumor: { peerRumorsPerSecond: 200, originRumorsPerSecond: 50 },
    plumtree: { peerBudgetPerSecond: 200, originBudgetPerSecond: 50 },
    /** Its budgets are part of its defaults. */
    hyparview: {},
  },
  off: {
    rumor: { peerRumorsPerSecond: 0, originRumorsPerSecond: 0 },
    plumtree: { peerBudgetPerSecond: 0, originBudgetPerSecond: 0 },
    hyparview: {
      peerMessagesPerSecond: WITHOUT_BOUND,
      evictionsPerSecond: WITHOUT_BOUND,
      passivePerPeerCount: WITHOUT_BOUND,
      passivePerStrangersCount: WITHOUT_BOUND,
      highPriorityIntervalMs: 0,
    },
  },
} as const;
