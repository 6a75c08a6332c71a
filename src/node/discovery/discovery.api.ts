/** Who knows where nodes are: DNS, a local network, or a source of your own. */
export interface DiscoverySource {
  /** Names it in logs: `dns nodes.example`. */
  readonly what: string;
  /**
   * Where nodes are just now, as `host:port`; this node's own address may be among them.
   * Rejects when it cannot be known: then what was known before stays.
   */
  find(): Promise<readonly string[]>;
  /** Called once, before the node listens; what it rejects with ends the start. */
  open?(): Promise<void>;
  /** Called once, when the node is bound: it may be told to others from now on. */
  announce?(self: DiscoveredSelf): void;
  /** The node ends. */
  close?(): void;
}

/** The node that looks for others, as they may find it. */
export interface DiscoveredSelf {
  readonly name: string;
  /** `ip:port` told to the cluster. */
  readonly address: string;
}

/** What `startNode({ discovery })` takes. */
export interface DiscoveryChoice {
  readonly sources: readonly DiscoverySource[];
  /** Single numbers (docs/reference/options.md, discovery). */
  readonly options?: Readonly<Record<string, number | string>>;
}
