/** The numbers of topics that are this node's own, whatever their publishers chose. */
export const topicsDefaults = {
  /**
   * Largest encoded value of topics without a history that go by "plumtree" or "rumor"; others take
   * `broadcast.valueMaxBytes` or `payloadMaxBytes` of their history. [because: half of what a link
   * carries]
   */
  valueMaxBytes: 8_388_608,
  /**
   * With an order and no history: how long messages wait for one that is missing. [because: a lost
   * packet is sent again within some flushes]
   */
  orderWaitMs: 1_000,
  /**
   * The same where the topic has a history: without any progress for so long. [because: after a
   * partition it takes anti-entropy some rounds to bring what was missed]
   */
  orderHistoryWaitMs: 30_000,
  /** Messages of one topic without a history that wait for others before them. [guess] */
  orderWaitingMaxCount: 8_192,
  /** Bytes of their payloads. [because: two of the largest] */
  orderWaitingMaxBytes: 16_777_216,
  /**
   * With `order: "causal"`: causes that a message names of one topic; beyond, those said longest
   * ago. [because: all that 500 publishers say at once]
   */
  causesMaxCount: 512,
  /**
   * Messages of one topic without a history that are remembered for a while. [because: about a
   * second of a flood, in which whoever lost some asks for them]
   */
  recentMaxCount: 131_072,
  /** Bytes of their payloads. [because: eight of the largest, as they are fetched in turn] */
  recentMaxBytes: 67_108_864,
  /** How long they are. [because: nobody asks for a lost message so late] */
  recentMaxMs: 30_000,
  /** Lives of publishers remembered of one topic without a history. [guess] */
  originsMaxCount: 4_096,
  /** How often it is looked for room while something waits to be published. [guess] */
  publishRetryMs: 5,
  /** Messages of one topic that wait to be published. [guess] */
  publishWaitingMaxCount: 8_192,
  /** Bytes of them. [because: two of the largest] */
  publishWaitingMaxBytes: 16_777_216,
  /** Neighbours that the trees of `via: "plumtree"` are made of. [Leitão 2007 p9: 5, made even] */
  neighboursCount: 6,
  /** Topics that are passed on although nobody has opened them on this node. [guess] */
  relayTopicsMaxCount: 16,
  /** Messages of each that are remembered for peers that lost one. [guess] */
  relayMaxCount: 8_192,
  /** Bytes of their payloads. [because: two of the largest] */
  relayMaxBytes: 16_777_216,
  /** Runs of messages heard of one life; gaps before more count as heard. [guess] */
  gapsMaxCount: 256,
} as const;

export type TopicsOptions = { readonly [Name in keyof typeof topicsDefaults]: number };
