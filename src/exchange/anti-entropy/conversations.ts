import type { Dot } from "../../core/dot.ts";
import type { DotSet } from "../../core/dot-set.ts";
import type { Env, TimerId } from "../../core/env.ts";
import type { FlowReport } from "../../core/flow-control.ts";
import type { PeerId } from "../../core/peer.ts";
import type { AntiEntropyMessage, Claim, ExchangeMode } from "./anti-entropy.messages.ts";
import type { AntiEntropyOptions } from "./anti-entropy.options.ts";
import type { Lacking } from "./lacking.ts";
import type { SketchTalk } from "./sketch-talk.ts";

type Expiry = { readonly kind: "expire"; readonly key: string };

/** The turn of step 4: a round that has later ones had more to bring than fits a message. */
export const SHORT_ROUND_TURNS = 4;

/** What a round passes on to the one that goes on where it ended. */
export interface Lefts {
  readonly huntsLeft: number;
  readonly continuationsLeft: number;
  /** Rounds left that may follow one which was about who replicates what alone. */
  readonly retriesLeft: number;
  /** Per replica: where the peer's list of dots goes on, and where this node's does. */
  readonly resumes: Map<string, Dot>;
  readonly ownResumes: Map<string, Dot>;
}

/** A round that is under way, on one of its two sides. */
export interface Conversation extends Lefts {
  readonly key: string;
  readonly side: "initiator" | "responder";
  readonly peer: PeerId;
  readonly round: number;
  readonly mode: ExchangeMode | undefined;
  /** Of the last message sent. */
  turn: number;
  /** Per replica: what the peer said it has seen, what it was told we have, what we asked for. */
  readonly theirs: Map<string, DotSet>;
  readonly offered: Map<string, DotSet>;
  readonly wanted: Map<string, DotSet>;
  /** Per replica: the hash of what this node had seen when it began. */
  readonly claimed: Map<string, number>;
  /** Per replica: what whoever began had seen then, in short. */
  readonly heard: Map<string, Claim>;
  /** False once the two were found to differ about who replicates what. */
  isAgreed: boolean;
  /** What the initiator said of its writers. */
  flow?: FlowReport;
  /** What the peer has and this node has not asked for yet. */
  readonly lacking: Map<string, Lacking>;
  /** Replicas of which this node lacks all that was offered: to say so takes no list. */
  readonly lacksAll: Set<string>;
  /** Replicas compared by size alone so far: how many dots the peer has seen. */
  readonly sizes: Map<string, number>;
  sketch: SketchTalk | undefined;
  /** Dots seen since it began, by updates or by covers. */
  newsCount: number;
  /** Updates that came in the last message: so many fit. */
  lastCount: number;
  /** True when this node's last wants were not all it wants. */
  wantsMore: boolean;
  timer: TimerId;
  /** When its last message came. */
  heardAtMs: number;
}

/** Which side a message is meant for. */
const sides: Readonly<Record<AntiEntropyMessage["kind"], Conversation["side"] | undefined>> = {
  compare: undefined,
  same: "initiator",
  busy: "initiator",
  sketch: "initiator",
  more: "responder",
  differing: "responder",
  digests: "initiator",
  wants: "responder",
  itemsWants: "initiator",
  items: "responder",
};

type ConversationsOptions = Pick<AntiEntropyOptions, "roundTimeoutMs" | "roundIntervalMs">;
type ConversationsEnv = Pick<Env<unknown, Expiry>, "setTimer" | "clearTimer" | "random" | "now">;

/** All rounds of a node that are under way. Each message of a round has the same deadline. */
export class Conversations {
  private readonly env: ConversationsEnv;
  private readonly timeoutMs: number;
  private readonly silenceMaxMs: number;
  private readonly byKey = new Map<string, Conversation>();
  private nextRound: number;
  private answered = 0;

  constructor(env: ConversationsEnv, options: ConversationsOptions) {
    this.env = env;
    this.timeoutMs = options.roundTimeoutMs;
    this.silenceMaxMs = options.roundIntervalMs;
    // A node that starts again must not find its former life's answers meant for it.
    this.nextRound = env.random.below(2 ** 31);
  }

  /** How many others began. */
  get answeredCount(): number {
    return this.answered;
  }

  /** How many of these are about a sketch. */
  get sketchedCount(): number {
    let count = 0;
    for (const { side, sketch } of this.byKey.values()) {
      if (side === "responder" && sketch !== undefined) count += 1;
    }
    return count;
  }

  begin(peer: PeerId, lefts: Lefts): Conversation {
    const round = this.nextRound;
    this.nextRound = (this.nextRound + 1) % 2 ** 32;
    return this.put({ side: "initiator", peer, round, mode: undefined, ...lefts });
  }

  answer(
    peer: PeerId,
    about: { readonly round: number; readonly mode: ExchangeMode },
  ): Conversation {
    this.answered += 1;
    const pieces = { resumes: new Map(), ownResumes: new Map() };
    const lefts = { huntsLeft: 0, continuationsLeft: 0, retriesLeft: 0, ...pieces };
    return this.put({ side: "responder", peer, ...about, ...lefts });
  }

  isAnswering(peer: PeerId, round: number): boolean {
    return this.byKey.has(keyOf("responder", peer, round));
  }

  /** True of a round that is under way and was heard of lately. */
  isFlowing(conversation: Conversation): boolean {
    const silentMs = this.env.now() - conversation.heardAtMs;
    return silentMs <= this.silenceMaxMs && this.isUnderWay(conversation);
  }

  isUnderWay(conversation: Conversation): boolean {
    return this.byKey.get(conversation.key) === conversation;
  }

  /** The one that waits for just this message. */
  find(from: PeerId, message: AntiEntropyMessage): Conversation | undefined {
    const side = sides[message.kind];
    if (side === undefined) return undefined;
    const conversation = this.byKey.get(keyOf(side, from, message.round));
    if (conversation === undefined || message.turn !== conversation.turn + 1) return undefined;
    conversation.turn = message.turn + 1;
    return conversation;
  }

  /** A message brought something: the next one is given its whole time. */
  extend(conversation: Conversation): void {
    if (!this.isUnderWay(conversation)) return;
    conversation.heardAtMs = this.env.now();
    this.env.clearTimer(conversation.timer);
    const expiry = { kind: "expire", key: conversation.key } as const;
    conversation.timer = this.env.setTimer(expiry, this.timeoutMs);
  }

  end(conversation: Conversation): void {
    if (!this.isUnderWay(conversation)) return;
    this.env.clearTimer(conversation.timer);
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
    about: Pick<Conversation, keyof Lefts | "side" | "peer" | "round" | "mode">,
  ): Conversation {
    const key = keyOf(about.side, about.peer, about.round);
    const before = this.byKey.get(key);
    if (before !== undefined) this.end(before);
    const conversation: Conversation = {
      ...about,
      key,
      turn: about.side === "initiator" ? 0 : 1,
      theirs: new Map(),
      offered: new Map(),
      wanted: new Map(),
      claimed: new Map(),
      heard: new Map(),
      isAgreed: true,
      lacking: new Map(),
      lacksAll: new Set(),
      sizes: new Map(),
      sketch: undefined,
      newsCount: 0,
      lastCount: 0,
      wantsMore: false,
      timer: this.env.setTimer({ kind: "expire", key }, this.timeoutMs),
      heardAtMs: this.env.now(),
    };
    this.byKey.set(key, conversation);
    return conversation;
  }
}

function keyOf(side: Conversation["side"], peer: PeerId, round: number): string {
  return `${side} ${round} ${peer}`;
}
