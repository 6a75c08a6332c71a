/** One way to get messages from a publisher to receivers: a system under measurement. */
export interface Lane {
  /** Where the others find it; absent where a broker stands between. */
  readonly address?: string;
  /** Resolves when so many other processes are connected, and messages would reach them. */
  ready(othersCount: number): Promise<void>;
  /** Every message from now on; called by receivers, before `ready`. */
  onMessage(listener: (payload: Uint8Array) => void): Promise<void>;
  /** The promise, where there is one, says when there is room for more. */
  publish(payload: Uint8Array<ArrayBuffer>): Promise<unknown> | undefined;
  close(): Promise<void>;
}

export interface LaneSetting {
  readonly role: "publisher" | "receiver";
  readonly index: number;
  /** The publisher's address or the broker's port; empty for a publisher that others look for. */
  readonly contact: string;
}

export type LaneName = "hearsay" | "nats" | "redis" | "gossipsub";
