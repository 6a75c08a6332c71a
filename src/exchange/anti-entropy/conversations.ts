import type { DotSet } from "../../core/dot-set.ts";
import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { AntiEntropyMessage, ExchangeMode } from "./anti-entropy.messages.ts";

type Expiry = { readonly kind: "expire"; readonly key: string };

/** A round that is under way, on one of its two sides. */
export interface Conversation {
  readonly key: string;
  readonly side: "initiator" | "responder";
  readonly peer: PeerId;
  readonly round: number;
  readonly mode: ExchangeMode | undefined;
  /** The message it waits for. */
  stage: "answer" | "wants" | "items";
  /** Per replica: what the peer said it has seen, what it was told we have, what we asked for. */
  readonly theirs: Map<string, DotSet>;
  readonly offered: Map<string, DotSet>;
  readonly wanted: Map<string, DotSet>;
  newsCount: number;
  readonly huntsLeft: number;
  readonly continuationsLeft: number;
}

/** Which side waits for a message, and in which stage. */
const turns: Readonly<Record<string, readonly [Conversation["side"], Conversation["stage"]]>> = {
  same: ["initiator", "answer"],
  busy: ["initiator", "answer"],
  digests: ["initiator", "answer"],
  wants: ["responder", "answer"],
  itemsWants: ["initiator", "wants"],
  items: ["responder", "items"],
};

/** All rounds of a node that are under way. Each has one deadline for its whole life. */
export class Conversations {
  private readonly env: Pick<Env<unknown, Expiry>, "setTimer" | "random">;
  private readonly timeoutMs: number;
  private readonly byKey = new Map<string, Conversation>();
  private nextRound: number;
  private answered = 0;

  constructor(env: Pick<Env<unknown, Expiry>, "setTimer" | "random">, timeoutMs: number) {
    this.env = env;
    this.timeoutMs = timeoutMs;
    // A node that starts again must not find its former life's answers meant for it.
    this.nextRound = env.random.below(2 ** 31);
  }

  /** How many others began. */
  get answeredCount(): number {
    return this.answered;
  }

  begin(peer: PeerId, lefts: Pick<Conversation, "huntsLeft" | "continuationsLeft">): Conversation {
    const round = this.nextRound;
    this.nextRound = (this.nextRound + 1) % 2 ** 32;
    return this.put({ side: "initiator", peer, round, mode: undefined, ...lefts });
  }

  answer(
    peer: PeerId,
    about: { readonly round: number; readonly mode: ExchangeMode },
  ): Conversation {
    this.answered += 1;
    return this.put({ side: "responder", peer, ...about, huntsLeft: 0, continuationsLeft: 0 });
  }

  isAnswering(peer: PeerId, round: number): boolean {
    return this.byKey.has(keyOf("responder", peer, round));
  }

  /** The one that waits for just this message. */
  find(from: PeerId, message: AntiEntropyMessage): Conversation | undefined {
    const turn = turns[message.kind];
    if (turn === undefined) return undefined;
    const [side, stage] = turn;
    const conversation = this.byKey.get(keyOf(side, from, message.round));
    return conversation?.stage === stage ? conversation : undefined;
  }

  end(conversation: Conversation): void {
    if (this.byKey.get(conversation.key) !== conversation) return;
    this.byKey.delete(conversation.key);
    if (conversation.side === "responder") this.answered -= 1;
  }

  /** True when it was still under way. */
  expire(key: string): boolean {
    const conversation = this.byKey.get(key);
    if (conversation === undefined) return false;
    this.end(conversation);
    return true;
  }

  private put(
    about: Omit<Conversation, "key" | "stage" | "theirs" | "offered" | "wanted" | "newsCount">,
  ): Conversation {
    const key = keyOf(about.side, about.peer, about.round);
    const before = this.byKey.get(key);
    if (before !== undefined) this.end(before);
    const maps = { theirs: new Map(), offered: new Map(), wanted: new Map() };
    const conversation = { key, stage: "answer" as const, newsCount: 0, ...maps, ...about };
    this.byKey.set(key, conversation);
    this.env.setTimer({ kind: "expire", key }, this.timeoutMs);
    return conversation;
  }
}

function keyOf(side: Conversation["side"], peer: PeerId, round: number): string {
  return `${side} ${round} ${peer}`;
}
