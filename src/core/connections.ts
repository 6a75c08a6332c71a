import type { Address } from "./address.ts";

/** Names one connection of a node's own; only the host that gave it out can read it. */
export type ConnectionId = number & { readonly __connectionId: unique symbol };

/**
 * A host that has connections: the real one, the test cluster's and `SimNode`. What opens a
 * connection on the wire (label, `48 01`) is the host's and seen by nobody else, as is that only
 * nodes of one label hear each other.
 */
export interface ConnectionHost {
  /** Mounts who owns the node's connections; at most once a life. Without it, none is taken. */
  mountConnections<L extends ConnectionListener>(make: (door: ConnectionDoor) => L): L;
}

/**
 * Long-lived, ordered byte connections to other nodes, on the same port as packets and streams.
 * What is written in a step leaves when the step has ended, in the order in which it was written;
 * nothing here calls back during one. When a life of the node ends, its connections end with it.
 */
export interface ConnectionDoor {
  /** Dials; the listener hears `onConnected`, or `onClosed` at the latest after `timeoutMs`. */
  connect(to: Address, timeoutMs: number): ConnectionId;
  /** Queues bytes, which must not change afterwards. Ignored once it is closed. */
  write(id: ConnectionId, bytes: Uint8Array): void;
  /**
   * Bytes written that the system has not taken yet, those of this step included; 0 when it is
   * closed. In a simulation 0 will do, where the network takes no time for bytes.
   */
  waitingBytes(id: ConnectionId): number;
  /** Stops taking bytes of this peer until `resume`: back-pressure. */
  pause(id: ConnectionId): void;
  /** Goes on reading after `pause`. */
  resume(id: ConnectionId): void;
  /** Sends what is queued, then closes; nothing more is heard of it. */
  close(id: ConnectionId): void;
  /** Closes at once, for whoever breaks the rules; nothing more is heard of it. */
  destroy(id: ConnectionId): void;
}

/** Whoever owns the connections of a node. Each method is called in a step of its own. */
export interface ConnectionListener {
  /** One that this node dialled stands. */
  onConnected(id: ConnectionId): void;
  /** A peer dialled; `from` is where it comes from, not where it listens. */
  onAccepted(id: ConnectionId, from: Address): void;
  /** The bytes are the listener's; in any pieces. */
  onBytes(id: ConnectionId, bytes: Uint8Array): void;
  /**
   * What was queued has been taken by the system, after there was much. A host whose
   * `waitingBytes` is always 0 need not call it.
   */
  onDrained(id: ConnectionId): void;
  /** It ended, or never stood. Called once, and not after `close` or `destroy`. */
  onClosed(id: ConnectionId, detail: string): void;
}
