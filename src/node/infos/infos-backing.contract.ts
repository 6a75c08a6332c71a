import type { PublicDot } from "../topics/topics.api.ts";
import type { Info } from "./infos.api.ts";

/** A key's latest write, its value in bytes; undefined when it was deleted, or has expired. */
export interface KeptInfo extends Omit<Info, "value"> {
  readonly value: Uint8Array | undefined;
}

/** Something happened to a key. */
export interface KeptChange {
  readonly kind: "set" | "delete" | "expire";
  /** 1, 2, 3 … in the order of what happened here. */
  readonly number: number;
  readonly info: KeptInfo;
  /** The value is what it was: only its time to live, or its writer, is new. */
  readonly isRedundant: boolean;
}

/** A write of a key, be it a deletion. */
export type LatestWrite = Pick<Info, "dot" | "clock">;

/** What a store of infos tells, and asks, of whoever opened it. */
export interface InfosReader {
  /** Of values from others: what is refused is not passed on, where that can be. */
  isValid(key: string, value: Uint8Array): boolean;
  /** Called after the step. */
  onChange(change: KeptChange): void;
}

/** What keeps the infos of a node: the replica of gossip, or the store of the info network. */
export interface InfosBacking {
  /** Number of the last change. */
  readonly lastChange: number;
  /** Those that have a value. */
  infos(): Iterable<KeptInfo>;
  info(key: string): KeptInfo | undefined;
  /**
   * Called in a step.
   * @param expiresAt wall-clock milliseconds
   * @throws HearsayError VALUE_TOO_LARGE, STORE_FULL, CONFIG_OPTION
   */
  set(key: string, value: Uint8Array, expiresAt: number | undefined): PublicDot;
  /** Called in a step. @returns undefined when there was nothing to delete. */
  delete(key: string): PublicDot | undefined;
  /** Absent where nobody can be asked what it holds. */
  latestWrite?(key: string): LatestWrite | undefined;
  /** What happened since then, as far as it still matters: one change a key, in order. */
  changesSince(number: number): Iterable<KeptChange>;
  /** Resolves when what was written is on disk, to whether there is one. */
  durable(): Promise<boolean>;
  metrics(): Readonly<Record<string, number>>;
  stop(): void;
}

/** Takes part in infos from now on. */
export type OpenBacking = (reader: InfosReader) => InfosBacking;
