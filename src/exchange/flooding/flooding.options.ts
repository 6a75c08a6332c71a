/** The numbers of flooding. */
export const floodingDefaults = {
  /** Neighbours an update is passed to. [because: a full view would make it n² messages] */
  neighboursMaxCount: 64,
} as const;

export type FloodingOptions = { readonly [Name in keyof typeof floodingDefaults]: number };
