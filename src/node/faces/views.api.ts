/** Whom this node could send to, at one moment. */
export interface ViewSnapshot {
  readonly protocol: string;
  readonly size: number;
  readonly population: number;
  readonly peers: readonly string[];
  /** What trees are grown on; absent while this node has none. */
  readonly overlay?: OverlaySnapshot | undefined;
}

/** The few neighbours that topics with `via: "plumtree"` spread by. */
export interface OverlaySnapshot {
  readonly protocol: "rings" | "hyparview";
  readonly active: readonly string[];
  /** In reserve, to take the place of neighbours that fail. */
  readonly passive: readonly string[];
}
