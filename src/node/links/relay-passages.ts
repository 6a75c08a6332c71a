import { Allowance } from "../../core/allowance.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { LinkCount } from "./links.contract.ts";
import type { LinksOptions } from "./links.options.ts";
import { PASSAGE_WINDOW_BYTES, type RelayedMessage } from "./relayed.messages.ts";

export interface RelayPorts {
  readonly options: LinksOptions;
  readonly nowMs: number;
  count(name: LinkCount, by?: number): void;
  /** Queues it on a link of this node's own. @returns false when that cannot be. */
  send(to: PeerId, message: RelayedMessage): boolean;
  /** Whether this node knows both, and has a path of its own to the second. */
  mayJoin(from: PeerId, to: PeerId): boolean;
  /** One that no passage of this node on any link has had. */
  nextNumber(): number;
  /** Calls `onAllowance` in a while. */
  waitForAllowance(): void;
}

/** One end's link to this node. */
interface Half {
  readonly peer: PeerId;
  readonly number: number;
  readonly numberOf: "mine" | "yours";
  /** Bytes that came from it, and that the other end has not taken yet. */
  onTheirWayBytes: number;
  /** Taken by the other end, but not told for this node's bound on bytes in a second. */
  owedBytes: number;
}

interface Passage {
  readonly halves: readonly [Half, Half];
}

/**
 * The passages between others that lead through this node. It keeps nothing of them but numbers:
 * what comes from one end is queued for the other, never more than the window, and how fast both
 * may go on is this node's to say, for it passes on their credit.
 */
export class RelayPassages {
  private readonly ports: RelayPorts;
  private readonly byKey = new Map<string, { passage: Passage; at: 0 | 1 }>();
  private readonly passages = new Set<Passage>();
  private readonly allowance: Allowance;
  private isWaiting = false;

  constructor(ports: RelayPorts) {
    this.ports = ports;
    this.allowance = new Allowance(ports.options.relayBytesPerSecond, ports.nowMs);
  }

  get size(): number {
    return this.passages.size;
  }

  /** `from` asks for a passage to another node. */
  onOpen(from: PeerId, message: Extract<RelayedMessage, { kind: "open" }>): void {
    const to = peerId(message.target);
    const { options } = this.ports;
    const ofPeer = [...this.passages].filter(({ halves }) => halves[0].peer === from).length;
    const isFull =
      this.passages.size >= options.relayedPairsMaxCount ||
      ofPeer >= options.relayedPerPeerMaxCount;
    const isKnown = this.byKey.has(keyOf(from, message.number, "yours"));
    if (isFull || isKnown || to === from || !this.ports.mayJoin(from, to)) {
      this.ports.count("links.relaying.refused");
      return this.refuse(from, message.number);
    }
    const number = this.ports.nextNumber();
    const passage: Passage = {
      halves: [halfOf(from, message.number, "yours"), halfOf(to, number, "mine")],
    };
    this.passages.add(passage);
    for (const at of [0, 1] as const) {
      const half = passage.halves[at];
      this.byKey.set(keyOf(half.peer, half.number, half.numberOf), { passage, at });
    }
    this.ports.count("links.relaying.begun");
    const { origin, target } = message;
    const isSent = this.ports.send(to, { kind: "open", numberOf: "mine", number, origin, target });
    if (!isSent) this.end(passage);
  }

  /** False when it is of no passage that leads through here. */
  onMessage(from: PeerId, message: RelayedMessage): boolean {
    const owner = message.numberOf === "mine" ? "yours" : "mine";
    const known = this.byKey.get(keyOf(from, message.number, owner));
    if (known === undefined || message.kind === "open") return false;
    const { at, passage } = known;
    const half = passage.halves[at];
    const other = passage.halves[at === 0 ? 1 : 0];
    if (message.kind === "piece") this.pass(passage, half, other, message.bytes);
    else if (message.kind === "credit") this.onCredit(passage, other, message.bytesCount);
    else this.end(passage, half);
    return true;
  }

  /** The link to this peer is gone, or what was queued for it will not leave. */
  onPeerLost(peer: PeerId): void {
    for (const passage of [...this.passages]) {
      const lost = passage.halves.find((half) => half.peer === peer);
      if (lost !== undefined) this.end(passage, lost);
    }
  }

  onAllowance(): void {
    this.isWaiting = false;
    for (const passage of [...this.passages]) {
      for (const half of passage.halves) if (half.owedBytes > 0) this.pay(passage, half);
    }
  }

  private pass(passage: Passage, half: Half, other: Half, bytes: Uint8Array): void {
    half.onTheirWayBytes += bytes.length;
    if (half.onTheirWayBytes > PASSAGE_WINDOW_BYTES) {
      this.ports.count("links.relaying.overrun");
      return this.end(passage);
    }
    this.ports.count("links.relaying.bytes", bytes.length);
    // The frame that it came in is gone when this one leaves.
    const piece = { kind: "piece", ...sentTo(other), bytes: bytes.slice() } as const;
    if (!this.ports.send(other.peer, piece)) this.end(passage);
  }

  /** The other end has taken so much of what came from `half`. */
  private onCredit(passage: Passage, half: Half, bytesCount: number): void {
    if (bytesCount > half.onTheirWayBytes) {
      this.ports.count("links.relaying.overrun");
      return this.end(passage);
    }
    half.onTheirWayBytes -= bytesCount;
    half.owedBytes += bytesCount;
    this.pay(passage, half);
  }

  private pay(passage: Passage, half: Half): void {
    const bytesCount = this.allowance.take(half.owedBytes, this.ports.nowMs);
    half.owedBytes -= bytesCount;
    if (half.owedBytes > 0 && !this.isWaiting) {
      this.isWaiting = true;
      this.ports.waitForAllowance();
    }
    if (bytesCount === 0) return;
    const isSent = this.ports.send(half.peer, { kind: "credit", ...sentTo(half), bytesCount });
    if (!isSent) this.end(passage);
  }

  /** `without`: the one that knows. */
  private end(passage: Passage, without?: Half): void {
    if (!this.passages.delete(passage)) return;
    for (const half of passage.halves) {
      this.byKey.delete(keyOf(half.peer, half.number, half.numberOf));
    }
    for (const half of passage.halves) {
      if (half !== without) this.ports.send(half.peer, { kind: "close", ...sentTo(half) });
    }
  }

  private refuse(peer: PeerId, number: number): void {
    this.ports.send(peer, { kind: "close", numberOf: "yours", number });
  }
}

function halfOf(peer: PeerId, number: number, numberOf: "mine" | "yours"): Half {
  return { peer, number, numberOf, onTheirWayBytes: 0, owedBytes: 0 };
}

function sentTo({ number, numberOf }: Half) {
  return { number, numberOf };
}

function keyOf(peer: PeerId, number: number, numberOf: "mine" | "yours"): string {
  return `${numberOf} ${number} ${peer}`;
}
