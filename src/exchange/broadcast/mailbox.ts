import type { PeerId } from "../../core/peer.ts";
import type { BroadcastCounters } from "./broadcast.contract.ts";
import type { Rumor } from "./broadcast.messages.ts";
import type { BroadcastOptions } from "./broadcast.options.ts";

interface Letter {
  readonly to: PeerId;
  readonly rumor: Rumor;
  readonly attempt: number;
  readonly dueMs: number;
}

/** What the mailbox asks of its owner. */
export interface MailPorts {
  now(): number;
  sendLetter(to: PeerId, mailId: number, rumor: Rumor): void;
  /** Asks for one call of `onDue` after `delayMs`. */
  wakeAfter(delayMs: number): void;
  readonly counters: BroadcastCounters;
}

/**
 * Rumours too large for a packet, each on a stream of its own to one peer. A bounded number of
 * streams is open at a time, and one that failed is tried again a little later.
 */
export class Mailbox {
  private readonly options: BroadcastOptions;
  private readonly ports: MailPorts;
  private waiting: Letter[] = [];
  private readonly open = new Map<number, Letter>();
  /** How many letters hold each rumour. */
  private readonly held = new Map<Rumor, number>();
  private heldBytes = 0;
  private lastMailId = 0;
  private isWakeSet = false;

  constructor(options: BroadcastOptions, ports: MailPorts) {
    this.options = options;
    this.ports = ports;
  }

  /** Letters waiting or under way. */
  get size(): number {
    return this.waiting.length + this.open.size;
  }

  /** The first rumour always has room, or none could ever reach a cluster larger than the bound. */
  hasRoom(rumor: Rumor, lettersCount: number): boolean {
    if (this.size === 0) return true;
    const { lettersMaxBytes, lettersMaxCount } = this.options;
    if (this.size + lettersCount > lettersMaxCount) return false;
    return this.heldBytes + rumor.frame.length <= lettersMaxBytes;
  }

  post(rumor: Rumor, peers: readonly PeerId[]): void {
    if (peers.length === 0) return;
    const dueMs = this.ports.now();
    for (const to of peers) this.waiting.push({ to, rumor, attempt: 1, dueMs });
    const before = this.held.get(rumor) ?? 0;
    if (before === 0) this.heldBytes += rumor.frame.length;
    this.held.set(rumor, before + peers.length);
    this.sendDue();
  }

  /** A letter's stream has ended. Unknown ids are of a life before. */
  onEnd(mailId: number, outcome: "sent" | "failed"): void {
    const letter = this.open.get(mailId);
    if (letter === undefined) return;
    this.open.delete(mailId);
    if (outcome === "sent") {
      this.ports.counters.add("broadcast.letters.sent");
      this.drop(letter);
    } else {
      this.retry(letter);
    }
    this.sendDue();
  }

  onDue(): void {
    this.isWakeSet = false;
    this.sendDue();
  }

  private retry(letter: Letter): void {
    const { streamAttemptsCount, streamRetryMs } = this.options;
    this.ports.counters.add("broadcast.letters.failed");
    if (letter.attempt >= streamAttemptsCount) {
      this.ports.counters.add("broadcast.dropped.letterFailed");
      this.drop(letter);
      return;
    }
    const dueMs = this.ports.now() + streamRetryMs * letter.attempt;
    this.waiting.push({ ...letter, attempt: letter.attempt + 1, dueMs });
  }

  private sendDue(): void {
    const now = this.ports.now();
    const later: Letter[] = [];
    for (const letter of this.waiting) {
      const isFree = this.open.size < this.options.streamsMaxCount;
      if (isFree && letter.dueMs <= now) this.send(letter);
      else later.push(letter);
    }
    this.waiting = later;
    this.wakeForNext(now);
  }

  private send(letter: Letter): void {
    this.lastMailId += 1;
    this.open.set(this.lastMailId, letter);
    this.ports.sendLetter(letter.to, this.lastMailId, letter.rumor);
  }

  /** Only needed when nothing under way will call first. */
  private wakeForNext(nowMs: number): void {
    if (this.isWakeSet || this.waiting.length === 0) return;
    if (this.open.size >= this.options.streamsMaxCount) return;
    const nextMs = this.waiting.reduce(
      (least, one) => Math.min(least, one.dueMs),
      Number.POSITIVE_INFINITY,
    );
    this.isWakeSet = true;
    this.ports.wakeAfter(Math.max(0, nextMs - nowMs));
  }

  private drop(letter: Letter): void {
    const { rumor } = letter;
    const left = (this.held.get(rumor) ?? 1) - 1;
    if (left > 0) {
      this.held.set(rumor, left);
      return;
    }
    this.held.delete(rumor);
    this.heldBytes -= rumor.frame.length;
  }
}
