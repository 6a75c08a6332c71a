import type { PeerId } from "../../core/peer.ts";
import type { HyParViewOptions } from "./hyparview.options.ts";

const SECOND_MS = 1_000;
/** Peers counted one by one in a second; all further ones together. [because: links are bounded] */
const PEERS_MAX_COUNT = 256;

/**
 * What one peer may cause: messages in a second, requests that must not be refused, and entries of
 * the passive view between two shuffles. Whoever sends more is heard no more for that time, so a
 * single neighbour can neither keep a node busy nor write its passive view alone.
 */
export class Budgets {
  private readonly options: HyParViewOptions;
  private secondMs = 0;
  /** Who sent something in this second, and how many messages; lists, for they are few. */
  private readonly senders: PeerId[] = [];
  private readonly sent: number[] = [];
  private messagesOfOthers = 0;
  private readonly passive = new Map<PeerId, number>();
  private passiveOfStrangers = 0;
  private evictionsCount = 0;
  private readonly urgent = new Map<PeerId, number>();

  constructor(options: HyParViewOptions) {
    this.options = options;
  }

  /** One more message of `peer`: false when that is too many. */
  allowsMessage(peer: PeerId, nowMs: number): boolean {
    this.turnSecond(nowMs);
    const { senders, sent, options } = this;
    let place = senders.indexOf(peer);
    if (place < 0 && senders.length < PEERS_MAX_COUNT) {
      place = senders.push(peer) - 1;
      sent.push(0);
    }
    if (place < 0) {
      this.messagesOfOthers += 1;
      return this.messagesOfOthers <= options.peerMessagesPerSecond;
    }
    const count = (sent[place] ?? 0) + 1;
    sent[place] = count;
    return count <= options.peerMessagesPerSecond;
  }

  /** Whether one more neighbour may give way to a request. */
  allowsEviction(nowMs: number): boolean {
    this.turnSecond(nowMs);
    if (this.evictionsCount >= this.options.evictionsPerSecond) return false;
    this.evictionsCount += 1;
    return true;
  }

  /** A request that must not be refused, unless the same peer made one a moment ago. */
  allowsUrgent(peer: PeerId, nowMs: number): boolean {
    const { urgent } = this;
    const lastMs = urgent.get(peer);
    if (lastMs !== undefined && nowMs - lastMs < this.options.highPriorityIntervalMs) return false;
    urgent.delete(peer);
    urgent.set(peer, nowMs);
    for (const [oldest, atMs] of urgent) {
      const isOver = nowMs - atMs >= this.options.highPriorityIntervalMs;
      if (!isOver && urgent.size <= PEERS_MAX_COUNT) break;
      urgent.delete(oldest);
    }
    return true;
  }

  /** How many of `count` entries of the passive view a neighbour may write. */
  takePassive(peer: PeerId, count: number): number {
    const used = this.passive.get(peer) ?? 0;
    const granted = Math.min(count, Math.max(0, this.options.passivePerPeerCount - used));
    if (granted > 0) this.passive.set(peer, used + granted);
    return granted;
  }

  /** The same for one that is none. */
  takePassiveOfStrangers(count: number): number {
    const left = Math.max(0, this.options.passivePerStrangersCount - this.passiveOfStrangers);
    const granted = Math.min(count, left);
    this.passiveOfStrangers += granted;
    return granted;
  }

  /** A shuffle begins: what was written before it counts no more. */
  turnShuffle(): void {
    this.passive.clear();
    this.passiveOfStrangers = 0;
  }

  private turnSecond(nowMs: number): void {
    if (nowMs - this.secondMs < SECOND_MS) return;
    this.secondMs = nowMs;
    this.senders.length = 0;
    this.sent.length = 0;
    this.messagesOfOthers = 0;
    this.evictionsCount = 0;
  }
}
