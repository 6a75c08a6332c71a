/** "Give me your state of this thing, from this byte on." */
export interface SnapshotAsk {
  readonly kind: "ask";
  /** Among those of the asker. */
  readonly id: number;
  readonly replica: string;
  readonly offset: number;
}

/**
 *   joined   here it is
 *   joining  this node has none to give yet
 *   none     nothing of this name is open here, or its state has no bytes
 *   busy     too many are being given a state; come again
 */
export type GiverPhase = "joined" | "joining" | "none" | "busy";

export interface SnapshotPart {
  readonly kind: "part";
  readonly id: number;
  readonly phase: GiverPhase;
  /** Of the whole snapshot. */
  readonly totalBytes: number;
  /** CRC-32 of the whole. */
  readonly checksum: number;
  readonly bytes: Uint8Array;
}

export type SnapshotMessage = SnapshotAsk | SnapshotPart;
