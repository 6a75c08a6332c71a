/** What users type of `node.ring()`. */

/** Who is in the ring now, and who was not, or is no more. */
export interface RingChange {
  readonly joined: readonly string[];
  readonly left: readonly string[];
  /** Changes since the ring was made; for logs. */
  readonly version: number;
}

/**
 * Who minds which key, without a word between nodes: a consistent-hash ring over the living
 * Hearsay members, this node included. Nodes whose members agree, agree on every key; when one
 * comes or goes, only the keys move that it takes or had. While members do not agree yet, two nodes
 * may name different owners: it is a division of labour, not a lock.
 */
export interface Ring {
  /** By name, sorted. */
  readonly members: readonly string[];
  /** The name of the node that minds a key, as this node sees it. */
  owner(key: string): string;
  /** True when this node minds the key. */
  isOwn(key: string): boolean;
  /** The owner, and who would be next if it were gone. @throws HearsayError CONFIG_OPTION */
  owners(key: string, count: number): readonly string[];
  /** Told after the ring has changed. @returns what ends it */
  on(listener: (change: RingChange) => void): () => void;
}
