/*
 * No options: what is refused must be the same on all nodes, whatever their users say. Another
 * number is another version of the locks' commands.
 */

/** One for each node that holds locks. [because: a cluster has hundreds] */
export const SESSIONS_MAX_COUNT = 4_096;
/** Locks that a node holds or waits for, and those it gave back lately. [guess] */
export const SESSION_CLAIMS_MAX_COUNT = 4_096;
/** Of all nodes together. [because: all of them are in each snapshot] */
export const CLAIMS_MAX_COUNT = 65_536;
/** Who holds a lock and who waits for it. [because: one that ends is found by looking at all] */
export const LOCK_CLAIMS_MAX_COUNT = 1_024;
export const LOCK_NAME_MAX_BYTES = 255;
/** [because: below it a pause of a collector of garbage loses the lock] */
export const LEASE_MIN_MS = 100;
/** [because: a node that died without a word holds up others for so long] */
export const LEASE_MAX_MS = 86_400_000;
