import type { Origin } from "../../core/peer.ts";

/** When something was written or deleted, and by whom: no two are the same. */
export interface Stamp {
  readonly atMs: number;
  readonly origin: Origin;
}

/** The older one is below. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  if (a.origin === b.origin) return 0;
  return a.origin < b.origin ? -1 : 1;
}

/** Says that an item is no more. It spreads as data does, and takes the item's place. */
export interface DeathCertificate {
  readonly key: string;
  /** When the item was deleted: what was written before is obsolete. Never changes. */
  readonly ordinary: Stamp;
  /** When it was spread, or awakened, last; decides how long it is kept, and nothing else. */
  readonly activatedMs: number;
  /** Names of the nodes that keep it when all others forget it. */
  readonly sites: readonly string[];
}
