/** A peer that this node has a link to, or something for; see docs/links.md. */
export interface LinkReport {
  readonly peer: string;
  /** `down`: none stands, and what waits is sent once one does. */
  readonly state: "up" | "opening" | "down";
  /** Who began the one that stands; absent while none does, as all up to `receivedFrames`. */
  readonly begun?: "dialled" | "accepted";
  /** By way of whom it leads; absent for a connection of this node's own. */
  readonly via?: string;
  /** Since when it stands, in wall-clock milliseconds. */
  readonly since?: number;
  /** When anything was heard on it last, in wall-clock milliseconds. */
  readonly heardAt?: number;
  /** Of this connection, with all that is around frames. */
  readonly sentBytes?: number;
  readonly sentFrames?: number;
  readonly receivedBytes?: number;
  readonly receivedFrames?: number;
  /** Frames that wait to be written. */
  readonly queuedFrames: number;
  readonly queuedBytes: number;
  /** Written, and not taken by the system yet: the peer or the network is slow. */
  readonly unsentBytes: number;
}
