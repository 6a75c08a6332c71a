import type { Dot } from "../core/dot.ts";
import type { Replica } from "./replica.ts";

/** A replica under the name that all nodes know it by. */
export interface Enrolled {
  readonly name: string;
  readonly replica: Replica<unknown>;
  /** Bytes of an update on the wire. */
  readonly sizeOf: (update: unknown) => number;
}

/** One update of one replica, pushed. */
export interface PushedUpdate {
  readonly kind: "update";
  readonly replica: string;
  readonly dot: Dot;
  readonly update: unknown;
}
