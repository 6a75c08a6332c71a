import { crc32 } from "../core/crc32.ts";
import { type Feed, items, oneKey } from "./feed.ts";
import { decodeFloor, encodeKept, type Floor } from "./kept-text.ts";
import { Backoff, type Failed, isHopeless, type Session } from "./session.ts";
import type { StoreAnswer, StoreCommit } from "./store.messages.ts";

interface Upload {
  readonly position: number;
  readonly state: Uint8Array;
  readonly name: string;
  readonly crc: number;
  /** Chunks that stand. */
  written: number;
}

/**
 * Keeps in the store what all commands up to a position came to, then deletes the log up to a
 * little before it. The state is written first, in chunks under a name of its own; one transaction
 * makes it count, deletes the log, and deletes what the states before it left.
 *
 * Departs from [spec raft §9]: the log is not kept until the slowest has applied it, for the state
 * is there in its place; and the past of keys is forgotten only where the store is ours alone.
 */
export class Compaction {
  private readonly session: Session;
  private readonly feed: Feed;
  private readonly backoff: Backoff;
  private upload: Upload | undefined;
  /** Asked for while another one was under way; the latest counts. */
  private next: { readonly position: number; readonly state: Uint8Array } | undefined;
  private bytesBehind = 0;
  private isTimerSet = false;

  constructor(session: Session, feed: Feed) {
    this.session = session;
    this.feed = feed;
    this.backoff = new Backoff(session);
  }

  /** So much stands behind the last state that another one helps. */
  get isDue(): boolean {
    const { snapshotAfterBytes, snapshotAfterCount } = this.session.options;
    if (this.upload !== undefined || this.next !== undefined || !this.feed.isBegun) return false;
    const behind = this.feed.position - this.feed.floor.value.position;
    return behind >= snapshotAfterCount || this.bytesBehind >= snapshotAfterBytes;
  }

  onBatch(bytes: number): void {
    this.bytesBehind += bytes;
  }

  onFloor(): void {
    this.bytesBehind = 0;
  }

  begin(position: number, state: Uint8Array): void {
    const { options } = this.session;
    if (state.length > options.stateMaxBytes) {
      this.session.count("compact.tooLarge");
      const size = `${state.length} bytes, and stateMaxBytes is ${options.stateMaxBytes}`;
      return this.session.trouble(`the log cannot be compacted: its state has ${size}`);
    }
    if (position <= this.feed.floor.value.position) return;
    this.next = { position, state };
    this.go();
  }

  onTimer(): void {
    this.isTimerSet = false;
    this.go();
  }

  private go(): void {
    if (this.isTimerSet || !this.feed.isBegun) return;
    if (this.upload !== undefined) return this.step(this.upload);
    const { next } = this;
    this.next = undefined;
    if (next === undefined || next.position <= this.feed.floor.value.position) return;
    const { env, keys } = this.session;
    const name = keys.stateName(next.position, env.random.uint32());
    this.upload = { ...next, name, crc: crc32(next.state), written: 0 };
    this.step(this.upload);
  }

  private step(upload: Upload): void {
    if (upload.written >= this.chunkCount(upload)) return this.finish(upload);
    const { keys, options } = this.session;
    const start = upload.written * options.stateChunkBytes;
    const value = upload.state.slice(start, start + options.stateChunkBytes);
    const key = keys.state(upload.name, upload.written);
    const commit = { compares: [], writes: [{ kind: "put", key, value } as const], reads: [] };
    this.session.ask({ kind: "commit", ...commit }, (answer) => {
      if (answer.kind === "failed") return this.onFailed(upload, answer);
      upload.written += 1;
      this.backoff.reset();
      this.step(upload);
    });
  }

  private chunkCount({ state }: Upload): number {
    return Math.ceil(state.length / this.session.options.stateChunkBytes);
  }

  private finish(upload: Upload): void {
    const { feed, session } = this;
    const { keys, options } = session;
    const { position } = upload;
    // An earlier try was taken, and its answer lost.
    if (feed.floor.value.state === upload.name) return this.end(upload, "kept");
    if (position <= feed.floor.value.position) return this.end(upload, "dropped");
    const kept = Math.max(feed.floor.value.kept, position - options.trailingCount, 0);
    const floor: Floor = {
      ...{ position, kept, state: upload.name, chunks: this.chunkCount(upload) },
      ...{ bytes: upload.state.length, crc: upload.crc },
    };
    const commit: StoreCommit = {
      compares: [{ key: keys.floor, of: "modified", revision: feed.floor.revision }],
      writes: [
        { kind: "put", key: keys.floor, value: encodeKept(floor) },
        { kind: "delete", from: keys.log(0), to: keys.log(kept + 1) },
        { kind: "delete", ...keys.statesBelow(position) },
      ],
      reads: [oneKey(keys.floor)],
    };
    const before = feed.floor.revision;
    session.ask({ kind: "commit", ...commit }, (answer) => this.onFinish(upload, answer, before));
  }

  private onFinish(upload: Upload, answer: StoreAnswer, before: number): void {
    if (answer.kind === "failed") return this.onFailed(upload, answer);
    if (answer.kind !== "committed") return;
    if (answer.isDone) return this.end(upload, "kept", before);
    const [item] = items(answer.found);
    const floor = item && decodeFloor(item.value);
    if (item === undefined || floor === undefined) return this.end(upload, "dropped");
    if (floor.state === upload.name) return this.end(upload, "kept", before);
    this.feed.raiseFloor(item);
    this.finish(upload);
  }

  private onFailed(upload: Upload, { detail, reason }: Failed): void {
    this.session.trouble(`the log cannot be compacted: ${detail}`);
    if (isHopeless(reason)) return this.end(upload, "dropped");
    this.again();
  }

  private end(upload: Upload, how: "kept" | "dropped", before = 0): void {
    const { keys, options } = this.session;
    this.upload = undefined;
    this.session.count(`compact.${how}`);
    if (how === "dropped") {
      const writes = [{ kind: "delete", ...keys.allOfState(upload.name) } as const];
      this.session.ask({ kind: "commit", compares: [], writes, reads: [] }, () => {});
    } else if (options.pastOfKeys === "group" && before > 0) {
      // Whoever's watch is at the time of the state before this one is not disturbed.
      this.session.ask({ kind: "forgetPast", revision: before }, () => {});
    }
    this.go();
  }

  private again(): void {
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    this.session.env.setTimer({ kind: "again", what: "compact" }, this.backoff.next());
  }
}
