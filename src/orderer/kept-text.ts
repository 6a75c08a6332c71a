/* The small values that a group keeps beside its log: JSON, so that an operator can read them. */

import { type PeerId, peerId } from "../core/peer.ts";
import { decodeUtf8Strict, encodeUtf8 } from "../core/text.ts";

/** "head": the last position, and which group this is. */
export interface Head {
  readonly position: number;
  /** Drawn when the group began: a namespace that was emptied and used again has another one. */
  readonly group: number;
}

/** "log.floor": a state stands for the log up to `position`; the log is kept behind `kept`. */
export interface Floor {
  readonly position: number;
  readonly kept: number;
  /** What its chunks are called; empty when there is no state yet. */
  readonly state: string;
  readonly chunks: number;
  readonly bytes: number;
  readonly crc: number;
}

/** "leader": who, and by which of its claims; "leader.next": whom, and in which term. */
export interface LeaderValue {
  readonly name: PeerId;
  readonly life: number;
}

export const NO_FLOOR: Floor = { position: 0, kept: 0, state: "", chunks: 0, bytes: 0, crc: 0 };

export function encodeKept(value: Head | Floor | LeaderValue | readonly PeerId[]): Uint8Array {
  return encodeUtf8(JSON.stringify(value));
}

export function decodeHead(bytes: Uint8Array): Head | undefined {
  const { group, position } = fieldsOf(bytes);
  return isWhole(position) && isWhole(group) ? { position, group } : undefined;
}

export function decodeFloor(given: Uint8Array): Floor | undefined {
  const { bytes, chunks, crc, kept, position, state } = fieldsOf(given);
  if (!isWhole(position) || !isWhole(kept) || !isWhole(chunks)) return undefined;
  if (!isWhole(bytes) || !isWhole(crc) || typeof state !== "string") return undefined;
  return kept <= position ? { position, kept, state, chunks, bytes, crc } : undefined;
}

export function decodeLeader(bytes: Uint8Array): LeaderValue | undefined {
  const { life, name } = fieldsOf(bytes);
  return isWhole(life) && isName(name) ? { name: peerId(name), life } : undefined;
}

export function decodeVoters(bytes: Uint8Array): readonly PeerId[] | undefined {
  const list = parsed(bytes);
  if (!Array.isArray(list) || !list.every(isName)) return undefined;
  return list.map((name) => peerId(name));
}

function fieldsOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const value = parsed(bytes);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function parsed(bytes: Uint8Array): unknown {
  const text = decodeUtf8Strict(bytes);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isName(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
