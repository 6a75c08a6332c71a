import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { StateJournal } from "../state-file.ts";
import type { Version, VersionUpdate } from "./version-tree.messages.ts";

export type VersionCount =
  /** What is no write to anybody: told as forgotten. */
  | "versions.dropped.malformed"
  /** Larger than this node takes, or from a year ahead of its clock. */
  | "versions.dropped.refused"
  /** In the name of this very life, by another node. */
  | "versions.dropped.own"
  /** A value that the user's schema does not take. */
  | "versions.dropped.schema"
  /** Another write under a dot that is held: its origin has lost count, or somebody lies. */
  | "versions.corruption"
  /** A write of another node for which there is no room; anti-entropy brings it again. */
  | "versions.deferred"
  /** More values of a key side by side than a write here may make; they came from many nodes. */
  | "versions.siblingsExcess"
  /** A write refused for its author had not seen what it would have overwritten. */
  | "versions.stale"
  | "versions.tooManySiblings"
  /** A remote time so far ahead that it was believed only in part. */
  | "versions.clockExcess";

/** What a version tree needs of its surroundings. */
export interface VersionTreeWiring {
  /** In whose name this node writes now. */
  readonly origin: () => Origin;
  /** Whole milliseconds since the epoch. */
  readonly wallClock: () => number;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Runs `body` last in the current step. */
  readonly afterStep: (body: () => void) => void;
  readonly counters: { add(name: VersionCount, by?: number): void };
  /** Takes note of what must survive a restart. */
  readonly journal?: StateJournal<VersionUpdate>;
  /** Seen by the whole replica set; absent: no tombstone is ever let go of. */
  readonly stable?: () => ReadonlyDotSet;
  /** More was seen than before; in the middle of a step. */
  readonly onSeen?: () => void;
  /** False for a value that must not be taken, whoever wrote it. */
  readonly isValid?: (key: string, value: Uint8Array) => boolean;
}

/** The values of a key, oldest write first, and what whoever has read them has seen. */
export interface VersionRead {
  readonly values: readonly Version[];
  readonly context: ReadonlyDotSet;
}

export interface VersionRequest {
  /** What the author has seen of the key; absent: nothing. */
  readonly context?: ReadonlyDotSet;
  /** Names this request among all of all clients: when it comes again, nothing more is written. */
  readonly requestId?: string;
}

export type VersionWrite =
  | {
      readonly status: "ok";
      /** undefined: there was nothing to delete. */
      readonly dot: Dot | undefined;
      /**
       * What the author has seen now: its own write too, but no others that it was not shown, or
       * its next write would overwrite them.
       */
      readonly context: ReadonlyDotSet;
    }
  /** Nothing was written. */
  | ({ readonly status: "stale" | "too-many-siblings" } & VersionRead);
