/** The numbers of the ring. They are the same everywhere, or nodes would not agree. */
export const ringDefaults = {
  /** Places of each node. [because: the busiest of 100 nodes then has 1.3 times its share] */
  placesCount: 160,
} as const;
