import { type Address, addressKey } from "../../core/address.ts";
import type { Env, TimerId } from "../../core/env.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { PeerView } from "../peer-view.ts";
import type { SuccessionMessage, SuccessionTimer } from "./succession.messages.ts";
import type { SuccessionOptions } from "./succession.options.ts";

export type SuccessionCount =
  | "succession.asks"
  | "succession.answered" // the holder of our name lives
  | "succession.silent" // it does not answer: a former life of ours, most likely
  | "succession.rejoins";

export interface SuccessionCounters {
  add(name: SuccessionCount, by?: number): void;
}

export interface SuccessionWiring {
  readonly view: PeerView;
  readonly counters: SuccessionCounters;
  addressOf(peer: PeerId): Address | undefined;
  /** The name is another's, who lives, or whom nobody finds dead: this node has to give way. */
  onNameTaken(): void;
}

interface Holder {
  readonly address: Address;
  readonly sinceMs: number;
  seenAtMs: number;
  askedAtMs: number;
  state: "asked" | "answered" | "silent";
}

/**
 * A node that is killed and comes back under its name at another address is, to the others, a
 * stranger who claims a member's name: memberlist refuses it (spec 14.1), and Serf's vote ends it
 * (24.6). Here the newcomer first asks whoever is said to hold the name. If that one answers, the
 * name is taken. If not, it was most likely this node's own former life, and the newcomer goes on
 * asking to be taken in until the others have found that out.
 */
export class Succession implements Protocol<SuccessionMessage, SuccessionTimer, Address> {
  private readonly env: Env<SuccessionMessage, SuccessionTimer, Address>;
  private readonly wiring: SuccessionWiring;
  private readonly options: SuccessionOptions;
  private holder: Holder | undefined;
  private vote: "open" | "lost" = "open";
  private again: TimerId | undefined;
  private phase: "running" | "resting" = "running";

  constructor(
    env: Env<SuccessionMessage, SuccessionTimer, Address>,
    wiring: SuccessionWiring,
    options: SuccessionOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
  }

  start(): void {}

  stop(): void {
    this.phase = "resting";
  }

  /** Never called: what others send is the membership's. */
  onMessage(): void {}

  onTimer(): void {
    this.again = undefined;
    const { env, holder, options } = this;
    if (this.phase === "resting" || holder === undefined) return;
    if (env.now() - holder.seenAtMs > options.quietMs) {
      this.holder = undefined;
      this.vote = "open";
      return;
    }
    this.rejoin();
    this.arm();
  }

  /** Somebody else is known by our name, at this address. */
  onConflict(address: Address): void {
    if (this.phase === "resting") return;
    const now = this.env.now();
    const { holder } = this;
    if (holder === undefined || addressKey(holder.address) !== addressKey(address)) {
      this.vote = "open";
      return this.ask({ address, sinceMs: now, seenAtMs: now, askedAtMs: now, state: "asked" });
    }
    holder.seenAtMs = now;
    if (holder.state === "asked" || now - holder.askedAtMs < this.options.retryMs) return;
    this.ask({ ...holder, askedAtMs: now, state: "asked" });
  }

  /** Most of the others hold with the other address. */
  onVoteLost(): void {
    this.vote = "lost";
    this.judge();
  }

  onAnswer(address: Address, answer: "answered" | "silent"): void {
    const { holder } = this;
    if (holder === undefined || addressKey(holder.address) !== addressKey(address)) return;
    this.wiring.counters.add(answer === "answered" ? "succession.answered" : "succession.silent");
    holder.state = answer;
    this.judge();
    if (answer === "silent" && this.again === undefined) this.arm();
  }

  private ask(holder: Holder): void {
    this.holder = holder;
    this.wiring.counters.add("succession.asks");
    this.env.send(holder.address, { kind: "ask" });
  }

  /** Gives way to who lives, by the vote; and to who is neither alive nor dead, after long. */
  private judge(): void {
    const { env, holder, options } = this;
    if (this.vote !== "lost" || this.phase === "resting") return;
    // A vote without a conflict is about a former one; whoever won it will show up again.
    if (holder === undefined || holder.state === "asked") return;
    const isTooLong = env.now() - holder.sinceMs > options.waitMaxMs;
    if (holder.state === "silent" && !isTooLong) return;
    this.phase = "resting";
    this.wiring.onNameTaken();
  }

  private rejoin(): void {
    const out: PeerId[] = [];
    if (this.wiring.view.sample(this.env.random, 1, out, peerId(String(this.env.self))) === 0)
      return;
    const [peer] = out;
    const address = peer === undefined ? undefined : this.wiring.addressOf(peer);
    if (address === undefined) return;
    this.wiring.counters.add("succession.rejoins");
    this.env.send(address, { kind: "rejoin" });
  }

  private arm(): void {
    const { env, options } = this;
    this.again = env.setTimer({ kind: "again" }, options.retryMs * (0.5 + env.random.real()));
  }
}
