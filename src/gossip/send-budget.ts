import type { GossipNumbers } from "./gossip.options.ts";

/** What a packet costs a round beside its data: its name, its time, a short clock. */
const PACKET_BYTES = 64;

/**
 * How much this node may send at once. A round tells each peer `roundMaxBytes`, and a packet is to
 * be told in M rounds; were there more, some would be told in fewer, and get lost. So half of a
 * round's bytes may be sent at once, for others speak too, and they come back in M rounds.
 */
export class SendBudget {
  private readonly maxBytes: number;
  private readonly bytesPerMs: number;
  private leftBytes: number;
  private lastMs: number;

  constructor(numbers: GossipNumbers, nowMs: number) {
    const { roundIntervalMs, roundMaxBytes, roundsCount } = numbers;
    this.maxBytes = roundMaxBytes / 2;
    this.bytesPerMs = this.maxBytes / (roundIntervalMs * roundsCount);
    this.leftBytes = this.maxBytes;
    this.lastMs = nowMs;
  }

  /** Whether one more may be sent; a large one makes the next ones wait the longer. */
  hasRoom(nowMs: number): boolean {
    const backBytes = Math.max(0, nowMs - this.lastMs) * this.bytesPerMs;
    this.leftBytes = Math.min(this.maxBytes, this.leftBytes + backBytes);
    this.lastMs = nowMs;
    return this.leftBytes > 0;
  }

  spend(bytes: number): void {
    this.leftBytes -= bytes + PACKET_BYTES;
  }
}
