import type { JournalPosition } from "../core/env.ts";
import { HearsayError } from "../core/errors.ts";
import type { JournalChannel } from "../core/journal-channel.ts";
import type { Disk } from "../storage/disk.ts";
import { Journal, type JournalListener } from "../storage/journal.ts";

/** What a host asks at the end of each step, so that nothing leaves that a crash could unsay. */
export interface StepGate {
  /**
   * Lets go to the disk what the step has appended.
   * @returns what must be durable before what the step sent may leave; undefined when nothing.
   */
  endStep(): JournalPosition | undefined;
  /** Calls `run` when everything up to `position` is durable; never when the disk fails before. */
  whenDurable(position: JournalPosition, run: () => void): void;
}

interface Waiter {
  readonly position: JournalPosition;
  readonly run: () => void;
  /** It waits for the others that the same sync has made durable. */
  readonly isPatient?: boolean;
  readonly fail?: (error: HearsayError) => void;
}

/** What a node keeps on its disk beside its name and its past: a journal with many users. */
export class NodeStore implements StepGate, JournalListener {
  /** Called when the disk has failed, with what to tell the user. */
  onFailed: (error: HearsayError) => void = () => {};
  /** Called when something was appended, for hosts that do not ask at the end of every step. */
  onAppended: () => void = () => {};
  /** The folder of the node, for what is no journal; absent where the disk is simulated. */
  readonly dataDir: string | undefined;
  private readonly disk: Disk;
  private readonly journal: Journal;
  private readonly release: (() => Promise<void>) | undefined;
  /** In the order of positions. */
  private waiting: Waiter[] = [];
  private ofStep: JournalPosition | undefined;
  /** Something was appended that the step need not wait for. */
  private isFlushDue = false;
  private closing: Promise<void> | undefined;
  private givenBack: Promise<void> | undefined;
  private end: HearsayError | undefined;
  private used = false;

  /**
   * `release` gives the directory back.
   * @throws HearsayError DATA_DIR
   */
  constructor(disk: Disk, release?: () => Promise<void>, dataDir?: string) {
    this.dataDir = dataDir;
    this.disk = disk;
    this.journal = new Journal(disk, this);
    this.release = release;
  }

  /** False until somebody keeps something here. */
  get isUsed(): boolean {
    return this.used;
  }

  /** False while so much waits for the disk that whoever can wait should. */
  get hasRoom(): boolean {
    return this.journal.hasRoom;
  }

  /** Everything up to here is durable. */
  get durablePosition(): JournalPosition {
    return this.journal.durable;
  }

  /** Bytes that a crash had left half written, when it was opened. */
  get tornBytes(): number {
    return this.journal.tornBytes;
  }

  channel(name: string): JournalChannel {
    this.used = true;
    const inner = this.journal.channel(name);
    return {
      ...inner,
      append: (bytes) => {
        this.ofStep = inner.append(bytes);
        this.onAppended();
        return this.ofStep;
      },
    };
  }

  /** As `channel`, but steps do not wait: its user holds back what must not leave before. */
  asideChannel(name: string): JournalChannel {
    this.used = true;
    const inner = this.journal.channel(name);
    const flushLater = (): void => {
      this.isFlushDue = true;
      // Asked for now, the sync begins before the sockets are written to, which takes as long.
      if (this.disk.begins === "later") this.journal.flush();
      this.onAppended();
    };
    return {
      ...inner,
      append: (bytes) => {
        const position = inner.append(bytes);
        flushLater();
        return position;
      },
      appendLater: (bytes) => inner.appendLater?.(bytes) ?? inner.append(bytes),
      flush: flushLater,
      truncateAfter: (position) => {
        inner.truncateAfter(position);
        flushLater();
      },
    };
  }

  endStep(): JournalPosition | undefined {
    const position = this.ofStep;
    if (position === undefined && !this.isFlushDue) return undefined;
    this.ofStep = undefined;
    this.isFlushDue = false;
    this.journal.flush();
    if (position === undefined) return undefined;
    return position <= this.journal.durable ? undefined : position;
  }

  whenDurable(position: JournalPosition, run: () => void): void {
    this.waiting.push({ position, run });
  }

  /**
   * Calls `run` when all that was appended so far is durable; at once when it is. Of those whom the
   * same sync has helped, the "patient" come last.
   */
  afterWrites(run: () => void, haste: "urgent" | "patient" = "urgent"): void {
    const { durable, last: position } = this.journal;
    if (position <= durable) run();
    else this.waiting.push({ position, run, isPatient: haste === "patient" });
  }

  /**
   * Resolves when all that was appended so far is durable.
   * @throws HearsayError WRITE_UNCERTAIN when the disk fails, or the node ends, before
   */
  durable(): Promise<void> {
    const { durable, last: position } = this.journal;
    if (position <= durable) return Promise.resolve();
    if (this.end !== undefined) return Promise.reject(this.end);
    return new Promise((run, fail) => this.waiting.push({ position, run, fail }));
  }

  onDurable(position: JournalPosition): void {
    const next = this.waiting.findIndex((one) => one.position > position);
    const ready = this.waiting.splice(0, next === -1 ? this.waiting.length : next);
    for (const { isPatient, run } of ready) if (isPatient !== true) run();
    for (const { isPatient, run } of ready) if (isPatient === true) run();
  }

  onFailure(error: HearsayError): void {
    this.failWaiting(error);
    // Others may have the directory once nothing of this process is on its way to it.
    const closed = this.closeJournal().then(() => this.giveBack());
    // In virtual time nobody may be there to let it pass.
    this.closing ??= this.release === undefined ? Promise.resolve() : closed;
    this.onFailed(error);
  }

  /** Makes durable what is pending, and gives the directory back. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  /** The process ends: what waits will not be told any more. */
  abandon(): void {
    this.closing ??= Promise.resolve();
    this.failWaiting();
    void this.giveBack();
  }

  private async closeAll(): Promise<void> {
    const isIdle = this.journal.last <= this.journal.durable;
    const closed = this.closeJournal();
    if (isIdle && this.release === undefined) return;
    await closed;
    await this.giveBack();
  }

  private closeJournal(): Promise<void> {
    return new Promise((resolve) => this.journal.close(resolve));
  }

  private async giveBack(): Promise<void> {
    this.givenBack ??= this.release?.();
    await this.givenBack;
  }

  private failWaiting(cause?: Error): void {
    const detail = "the write may be on this node's disk or not; the node has ended";
    this.end ??= new HearsayError("WRITE_UNCERTAIN", detail, { cause });
    for (const { fail } of this.waiting.splice(0)) fail?.(this.end);
  }
}
