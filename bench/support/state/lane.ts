/** One of two copies of a state, in a process of its own or beside the other: what is measured. */
import type { Value } from "./workload.ts";

export type LaneName = "scuttlebutt" | "infos" | "versions" | "operations" | "yjs";

export interface LaneSetting {
  readonly side: 0 | 1;
  /** The other's address; empty for the one that is there first. */
  readonly contact: string;
  /** Where this one keeps its state; absent: in memory. */
  readonly dataDir?: string;
}

export interface Copy<V extends Value = Value> {
  /** A value as this lane takes it. */
  form(text: string): V;
  /** Resolves, where that takes a while, when the write is acknowledged. */
  write(key: string, value: V): Promise<void> | undefined;
  /** undefined where the key is missing, or stands in conflict. */
  read(key: string): Promise<string | undefined>;
  /** Writes of the other one that have come. */
  receivedCount(): number;
}

export interface Lane<V extends Value = Value> extends Copy<V> {
  /** Where the other finds it. */
  readonly address: string;
  /** Resolves when the two are joined. */
  ready(): Promise<void>;
  /** Keys that it holds, once it was given them by the other. */
  heldCount(): number;
  close(): Promise<void>;
}
