import { HearsayError } from "../../core/errors.ts";
import { isHybridTime } from "../../core/hybrid-clock.ts";
import { utf8ByteLength } from "../../core/text.ts";
import type { InfoUpdate } from "./info.messages.ts";
import type { InfoOptions } from "./info.options.ts";
import { type InfoTable, infoBytes } from "./info-table.ts";

/** A write from further ahead would stand for ever. [Cassandra's guard: one year] */
const AHEAD_MAX_MS = 365 * 24 * 60 * 60 * 1_000;

/** Whether it is a write at all: every node, whatever its options and clock, finds the same. */
export function isSaneInfo({ expiresAtMs, key, stamp }: InfoUpdate): boolean {
  if (!isHybridTime(stamp) || key === "") return false;
  return expiresAtMs === undefined || (Number.isSafeInteger(expiresAtMs) && expiresAtMs >= 0);
}

/** Whether this node takes it; another, with other options or a better clock, may. */
export function isTakenInfo(update: InfoUpdate, options: InfoOptions, nowMs: number): boolean {
  const { key, stamp, value } = update;
  if (stamp.ms > nowMs + AHEAD_MAX_MS) return false;
  if (utf8ByteLength(key) > options.keyMaxBytes) return false;
  return value === undefined || value.length <= options.valueMaxBytes;
}

/** What makes the table smaller is always taken. */
export function hasRoomFor(
  update: Pick<InfoUpdate, "key" | "value">,
  table: InfoTable,
  options: InfoOptions,
): boolean {
  const former = table.get(update.key);
  if (former === undefined && table.size >= options.keysMaxCount) return false;
  const growthBytes = infoBytes(update) - (former === undefined ? 0 : infoBytes(former.update));
  return growthBytes <= 0 || table.heldBytes + growthBytes <= options.totalMaxBytes;
}

/** @throws HearsayError CONFIG_OPTION, VALUE_TOO_LARGE, STORE_FULL */
export function checkInfo(
  key: string,
  value: Uint8Array,
  { options, table }: { readonly options: InfoOptions; readonly table: InfoTable },
): void {
  const { keyMaxBytes, keysMaxCount, totalMaxBytes, valueMaxBytes } = options;
  const keyBytes = utf8ByteLength(key);
  if (keyBytes === 0 || keyBytes > keyMaxBytes) {
    const rule = `a key has 1 … ${keyMaxBytes} bytes`;
    throw new HearsayError("CONFIG_OPTION", `infos: a key of ${keyBytes} bytes; ${rule}.`);
  }
  if (value.length > valueMaxBytes) {
    const rule = `${valueMaxBytes} are allowed; store it elsewhere and its place here`;
    throw new HearsayError("VALUE_TOO_LARGE", `info ${key}: ${value.length} bytes, but ${rule}.`);
  }
  if (hasRoomFor({ key, value }, table, options)) return;
  const held = `${table.size} keys and ${table.heldBytes} bytes are held`;
  const fix = `delete some, or raise keysMaxCount (${keysMaxCount}) or totalMaxBytes`;
  throw new HearsayError("STORE_FULL", `infos: ${held}; ${fix} (${totalMaxBytes}).`);
}
