import { sameBytes } from "../../core/bytes.ts";
import { HearsayError } from "../../core/errors.ts";
import { utf8ByteLength } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { KeptOwnEntry, NodeStateWiring, StateNotice } from "./node-state.contract.ts";
import type { EntryStatus } from "./node-state.messages.ts";
import type { NodeStateOptions } from "./node-state.options.ts";
import {
  entryBytes,
  GC_KEY,
  HEARTBEAT_KEY,
  type HeldEntry,
  isReserved,
  StateCopy,
} from "./state-copy.ts";
import { noticeOf } from "./state-table.ts";

export interface OwnStateListener {
  onNotices(notices: readonly StateNotice[]): void;
  /** There is something to tell others. */
  onWrite(): void;
}

const NO_BYTES = new Uint8Array(0);

/**
 * The state of this node, which nobody else writes. In another life of the node it is published
 * anew, from version 1 on: of a life whose end nobody knows, no version may be used twice.
 */
export class OwnState {
  private readonly wiring: NodeStateWiring;
  private readonly options: NodeStateOptions;
  private readonly listener: OwnStateListener;
  private readonly expiries = new Map<string, number>();
  private current: StateCopy;
  private gcPublishedAtMs: number;

  constructor(wiring: NodeStateWiring, options: NodeStateOptions, listener: OwnStateListener) {
    this.wiring = wiring;
    this.options = options;
    this.listener = listener;
    this.current = new StateCopy(wiring.origin());
    this.gcPublishedAtMs = wiring.now();
  }

  /** Of the life that this node lives now. */
  get copy(): StateCopy {
    if (this.wiring.origin() !== this.current.origin) this.beginAnew();
    return this.current;
  }

  /** When the next key ends, by the wall clock; infinite when none does. */
  get nextExpiryMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const atMs of this.expiries.values()) nextMs = Math.min(nextMs, atMs);
    return nextMs;
  }

  get(key: string): HeldEntry | undefined {
    const entry = isReserved(key) ? undefined : this.current.get(key);
    return entry?.status === "deleted" ? undefined : entry;
  }

  *entries(): IterableIterator<HeldEntry> {
    for (const entry of this.current.after(0)) {
      if (entry.status !== "deleted" && !isReserved(entry.key)) yield entry;
    }
  }

  expiresAtMs(key: string): number | undefined {
    return this.expiries.get(key);
  }

  /**
   * What is there already is no write.
   * @throws HearsayError CONFIG_OPTION, VALUE_TOO_LARGE, STORE_FULL
   */
  set(key: string, value: Uint8Array, expiresAtMs?: number): HeldEntry {
    this.check(key, value);
    const standing = this.standing(key, value);
    const isSameEnd = this.expiries.get(key) === expiresAtMs;
    if (standing !== undefined && isSameEnd) return standing;
    if (expiresAtMs === undefined) this.expiries.delete(key);
    else this.expiries.set(key, expiresAtMs);
    this.wiring.journal?.onSet({ key, value, expiresAtMs });
    return standing ?? this.write(key, value, "set");
  }

  /** Readable until deletions are collected. [spec Scuttlebutt §1: setWithTtl] */
  setFading(key: string, value: Uint8Array): HeldEntry {
    this.check(key, value);
    this.forget(key);
    return this.doom(key, value, "fading");
  }

  /** undefined when there was nothing to delete. */
  delete(key: string): HeldEntry | undefined {
    if (this.get(key) === undefined) return undefined;
    this.forget(key);
    return this.doom(key, NO_BYTES, "deleted");
  }

  /** Its value can be read until deletions are collected. [spec Scuttlebutt §1: deleteAfterTtl] */
  fade(key: string): HeldEntry | undefined {
    const entry = this.get(key);
    if (entry === undefined) return undefined;
    this.forget(key);
    return this.doom(key, entry.value, "fading");
  }

  /** Takes back what the disk kept; before anything else. */
  restore(kept: Iterable<KeptOwnEntry>): void {
    const { copy } = this;
    for (const { expiresAtMs, key, value } of kept) {
      copy.write({ key, value, status: "set" }, this.wiring.now());
      if (expiresAtMs !== undefined) this.expiries.set(key, expiresAtMs);
    }
  }

  /** What survives a restart. */
  *kept(): IterableIterator<KeptOwnEntry> {
    for (const { key, status, value } of this.current.after(0)) {
      if (status !== "set" || isReserved(key)) continue;
      yield { key, value, expiresAtMs: this.expiries.get(key) };
    }
  }

  /** Ends what is due. */
  expire(): void {
    const nowMs = this.wiring.wallClock();
    for (const [key, atMs] of [...this.expiries]) if (atMs <= nowMs) this.delete(key);
  }

  /** Each round. */
  upkeep(): void {
    const { heartbeats, profile } = this.options;
    if (heartbeats === "on") {
      if (profile === "scuttlebutt") this.copy.heartbeat += 1;
      else this.copy.write({ key: HEARTBEAT_KEY, value: NO_BYTES, status: "set" }, this.nowMs);
    }
    this.expire();
    this.collect();
  }

  private get nowMs(): number {
    return this.wiring.now();
  }

  /** The same value, already there to stay. */
  private standing(key: string, value: Uint8Array): HeldEntry | undefined {
    const { copy } = this;
    const entry = copy.get(key);
    return entry?.status === "set" && sameBytes(entry.value, value) ? entry : undefined;
  }

  private doom(key: string, value: Uint8Array, status: EntryStatus): HeldEntry {
    if (this.options.tombstones === "owner" && this.copy.get(GC_KEY) === undefined) {
      this.publishGc(0);
    }
    const entry = this.write(key, value, status);
    this.collectEarly();
    return entry;
  }

  /**
   * Who deletes more than may be remembered forgets the older half of it before its time: whoever
   * has not heard of it yet is sent all anew.
   */
  private collectEarly(): void {
    const { copy } = this;
    const { keysMaxCount, tombstones } = this.options;
    if (copy.tombstonesCount <= keysMaxCount / 2) return;
    const doomed = [...copy.after(0)].filter(({ status }) => status !== "set");
    const { version = 0 } = doomed[Math.floor(doomed.length / 2)] ?? {};
    if (tombstones === "owner") this.publishGc(version);
    this.tellFaded(copy.collect({ version }));
  }

  private forget(key: string): void {
    this.expiries.delete(key);
    this.wiring.journal?.onDelete(key);
  }

  private write(key: string, value: Uint8Array, status: EntryStatus): HeldEntry {
    const { copy } = this;
    const change = copy.write({ key, value, status }, this.nowMs);
    const { after, before } = change;
    const isSeen = before === undefined || !sameBytes(before.value, value);
    if (isSeen || status === "deleted" || before.status === "deleted") {
      this.listener.onNotices([noticeOf(copy.origin, key, after)]);
    }
    this.listener.onWrite();
    return after;
  }

  private collect(): void {
    const { copy } = this;
    const { gcPublishMs, tombstoneGraceMs, tombstones } = this.options;
    const untilMs = this.nowMs - tombstoneGraceMs;
    if (tombstones === "grace") {
      this.tellFaded(copy.collect({ untilMs }));
      return;
    }
    if (this.nowMs - this.gcPublishedAtMs < gcPublishMs) return;
    this.gcPublishedAtMs = this.nowMs;
    const told = copy.get(GC_KEY);
    if (told === undefined) return;
    const published = new ByteReader(told.value).varint() ?? 0;
    let version = published;
    for (const entry of copy.after(published)) {
      if (entry.status === "set") continue;
      if (entry.sinceMs > untilMs) break;
      version = entry.version;
    }
    if (version === published) return;
    this.publishGc(version);
    this.tellFaded(copy.collect({ version }));
  }

  private publishGc(version: number): void {
    const writer = new ByteWriter(8);
    writer.varint(version);
    this.copy.write({ key: GC_KEY, value: writer.finish(), status: "set" }, this.nowMs);
  }

  private tellFaded(faded: ReturnType<StateCopy["collect"]>): void {
    if (faded.length === 0) return;
    const { origin } = this.current;
    this.listener.onNotices(faded.map(({ key }) => noticeOf(origin, key, undefined)));
  }

  private beginAnew(): void {
    const former = this.current;
    this.current = new StateCopy(this.wiring.origin());
    for (const { key, sinceMs, status, value } of former.after(0)) {
      if (status !== "deleted" && !isReserved(key)) {
        this.current.write({ key, value, status }, sinceMs);
      }
    }
  }

  private check(key: string, value: Uint8Array): void {
    const { keyMaxBytes, keysMaxCount, nodeMaxBytes, valueMaxBytes } = this.options;
    const keyBytes = utf8ByteLength(key);
    if (keyBytes === 0 || keyBytes > keyMaxBytes || isReserved(key)) {
      const rule = `a key has 1 … ${keyMaxBytes} bytes, the first of which is not 0`;
      throw new HearsayError("CONFIG_OPTION", `state: a key of ${keyBytes} bytes; ${rule}.`);
    }
    if (value.length > valueMaxBytes) {
      const rule = `${valueMaxBytes} are allowed; store it elsewhere and its place here`;
      throw new HearsayError(
        "VALUE_TOO_LARGE",
        `state ${key}: ${value.length} bytes, but ${rule}.`,
      );
    }
    const { copy } = this;
    const former = copy.get(key);
    const bytes = copy.heldBytes - (former === undefined ? 0 : entryBytes(former));
    const isOneTooMany = former === undefined && copy.size >= keysMaxCount;
    if (!isOneTooMany && bytes + keyBytes + value.length <= nodeMaxBytes) return;
    const held = `${copy.size} keys and ${copy.heldBytes} bytes are held, deleted ones among them`;
    const fix = `delete some, or raise keysMaxCount (${keysMaxCount}) or nodeMaxBytes everywhere`;
    throw new HearsayError("STORE_FULL", `state: ${held}; ${fix} (${nodeMaxBytes}).`);
  }
}
