import type { Dot } from "../../core/dot.ts";
import { HearsayError } from "../../core/errors.ts";
import { isHybridTime } from "../../core/hybrid-clock.ts";
import { utf8ByteLength } from "../../core/text.ts";
import type { HeldVersion } from "./held-version.ts";
import { type VersionTable, versionBytes } from "./version-table.ts";
import type { VersionUpdate } from "./version-tree.messages.ts";
import type { VersionTreeOptions } from "./version-tree.options.ts";

/** A write from further ahead would win every `lww` for ever. [Cassandra's guard: one year] */
const AHEAD_MAX_MS = 365 * 24 * 60 * 60 * 1_000;

export interface VersionBounds {
  readonly options: VersionTreeOptions;
  readonly table: VersionTable;
  /** Of the key that is written, as the table has them. */
  readonly heads: readonly HeldVersion[];
}

/** Whether it is a write at all: every node, whatever its options and clock, finds the same. */
export function isSaneVersion({ origin, seq }: Dot, update: VersionUpdate): boolean {
  const { first, key, parents, stamp } = update;
  if (!isHybridTime(stamp) || key === "") return false;
  // Who wrote has seen none of its later writes, itself included.
  if (parents.last(origin) >= seq) return false;
  return Number.isSafeInteger(first) && first >= 1 && first <= seq;
}

/** Whether this node takes it; another, with other options or a better clock, may. */
export function isTakenVersion(
  { key, parents, stamp, value }: VersionUpdate,
  options: VersionTreeOptions,
  nowMs: number,
): boolean {
  if (stamp.ms > nowMs + AHEAD_MAX_MS) return false;
  if (utf8ByteLength(key) > options.keyMaxBytes) return false;
  if (parents.rangesCount > rangesMaxCount({ value }, options)) return false;
  return value === undefined || value.length <= options.valueMaxBytes;
}

/** What makes the table smaller is always taken, and so are deletions. */
export function hasRoomFor(
  update: VersionUpdate,
  { heads, options, table }: VersionBounds,
): boolean {
  if (heads.length === 0 && table.size >= options.keysMaxCount) return false;
  let growthBytes = versionBytes(update);
  let isSuperseding = false;
  for (const head of heads) {
    if (!update.parents.has(head.dot)) continue;
    isSuperseding = true;
    growthBytes -= versionBytes(head.update);
  }
  if (growthBytes <= 0 || (isSuperseding && update.value === undefined)) return true;
  return table.heldBytes + growthBytes <= options.totalMaxBytes;
}

/** @throws HearsayError CONFIG_OPTION, VALUE_TOO_LARGE */
export function checkVersion(
  key: string,
  value: Uint8Array | undefined,
  { keyMaxBytes, valueMaxBytes }: VersionTreeOptions,
): void {
  const keyBytes = utf8ByteLength(key);
  if (keyBytes === 0 || keyBytes > keyMaxBytes) {
    const rule = `a key has 1 … ${keyMaxBytes} bytes`;
    throw new HearsayError("CONFIG_OPTION", `versions: a key of ${keyBytes} bytes; ${rule}.`);
  }
  if (value !== undefined && value.length > valueMaxBytes) {
    const rule = `${valueMaxBytes} are allowed; store it elsewhere and its place here`;
    throw new HearsayError("VALUE_TOO_LARGE", `${key}: ${value.length} bytes, but ${rule}.`);
  }
}

/** A key whose context has become too long for values can still be deleted. */
function rangesMaxCount(
  { value }: Pick<VersionUpdate, "value">,
  { contextRangesMaxCount }: VersionTreeOptions,
): number {
  return value === undefined ? 2 * contextRangesMaxCount : contextRangesMaxCount;
}

/** @throws HearsayError STORE_FULL */
export function checkRoom(update: VersionUpdate, bounds: VersionBounds): void {
  const { options, table } = bounds;
  if (update.parents.rangesCount > rangesMaxCount(update, options)) {
    const rule = `contextRangesMaxCount is ${options.contextRangesMaxCount}`;
    const found = `${update.key}: a context of ${update.parents.rangesCount} ranges`;
    throw new HearsayError("STORE_FULL", `${found}, but ${rule}; delete the key, then write anew.`);
  }
  if (hasRoomFor(update, bounds)) return;
  const { keysMaxCount, totalMaxBytes } = options;
  const held = `${table.size} keys and ${table.heldBytes} bytes are held`;
  const fix = `delete some, or raise keysMaxCount (${keysMaxCount}) or totalMaxBytes`;
  throw new HearsayError("STORE_FULL", `versions: ${held}; ${fix} (${totalMaxBytes}).`);
}
