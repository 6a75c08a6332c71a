import type { Env, TimerId } from "../core/env.ts";
import type { Counters } from "../core/metrics.ts";
import type { PeerId } from "../core/peer.ts";
import type { EtcdOptions } from "./etcd.options.ts";
import type {
  StoreAnswer,
  StoreFailure,
  StoreMessage,
  StoreRequest,
  StoreTimer,
} from "./store.messages.ts";
import { StoreKeys } from "./store-keys.ts";

const LIVES_COUNT = 281_474_976_710_656;
const LIFE_NUMBERS_COUNT = 1_048_576;

export type StoreEnv = Env<StoreMessage, StoreTimer>;

export interface SessionWiring {
  /** Whom messages to the store are sent. */
  readonly store: PeerId;
  /** All keys begin with it. */
  readonly namespace: string;
  /** Count only where the namespace is empty. */
  readonly voters: readonly PeerId[];
  readonly counters: Counters;
  /** Something that an operator should know. */
  readonly onTrouble: (what: string) => void;
}

export type Failed = Extract<StoreAnswer, { kind: "failed" }>;

interface Call {
  readonly dueMs: number;
  readonly onAnswer: (answer: StoreAnswer) => void;
}

/** Calls of the store that are under way. Each is answered once, by the store or by the clock. */
export class Session {
  readonly env: StoreEnv;
  readonly wiring: SessionWiring;
  readonly options: EtcdOptions;
  readonly keys: StoreKeys;
  /** This life of this node. */
  readonly life: number;
  isStopped = false;
  private readonly calls = new Map<number, Call>();
  private lastCall: number;
  private timer: TimerId | undefined;

  constructor(env: StoreEnv, wiring: SessionWiring, options: EtcdOptions) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.keys = new StoreKeys(wiring.namespace);
    this.life = env.random.below(LIVES_COUNT) + 1;
    this.lastCall = this.firstNumber();
  }

  /** Where to begin to count, so that answers to another life are none to this one. */
  firstNumber(): number {
    return this.env.random.uint32() * LIFE_NUMBERS_COUNT;
  }

  count(name: string, by = 1): void {
    this.wiring.counters.count(`etcd.${name}`, by);
  }

  trouble(what: string): void {
    this.count("trouble");
    this.wiring.onTrouble(what);
  }

  send(message: StoreMessage): void {
    this.env.send(this.wiring.store, message);
  }

  /** `onAnswer` is called once, later, unless this session is stopped before. */
  ask(request: StoreRequest, onAnswer: (answer: StoreAnswer) => void): void {
    if (this.isStopped) return;
    this.lastCall += 1;
    const dueMs = this.env.now() + this.options.callTimeoutMs;
    this.calls.set(this.lastCall, { dueMs, onAnswer });
    this.send({ kind: "call", call: this.lastCall, request });
    this.timer ??= this.env.setTimer({ kind: "calls" }, this.options.callTimeoutMs);
  }

  onAnswer(call: number, answer: StoreAnswer): void {
    const found = this.calls.get(call);
    if (found === undefined) return this.count("dropped.lateAnswer");
    this.calls.delete(call);
    if (answer.kind === "failed") this.count(`failed.${answer.reason}`);
    found.onAnswer(answer);
  }

  onTimer(): void {
    this.timer = undefined;
    const nowMs = this.env.now();
    for (const [call, { dueMs }] of this.calls) {
      // They have all the same time, so the oldest are first.
      if (dueMs > nowMs) break;
      this.onAnswer(call, { kind: "failed", reason: "unknown", detail: "no answer in time" });
    }
    for (const { dueMs } of this.calls.values()) {
      this.timer ??= this.env.setTimer({ kind: "calls" }, Math.max(1, dueMs - nowMs));
      break;
    }
  }

  stop(): void {
    this.isStopped = true;
    this.calls.clear();
  }
}

/** How long to wait before the next try: twice as long each time, and never the same for all. */
export class Backoff {
  private readonly session: Session;
  private delayMs = 0;

  constructor(session: Session) {
    this.session = session;
  }

  next(): number {
    const { retryDelayMaxMs, retryDelayMinMs } = this.session.options;
    this.delayMs = Math.min(retryDelayMaxMs, Math.max(retryDelayMinMs, this.delayMs * 2));
    return this.delayMs * (0.5 + this.session.env.random.real() / 2);
  }

  reset(): void {
    this.delayMs = 0;
  }
}

/** It certainly had no effect, and the same again would have none. */
export function isHopeless(reason: StoreFailure): boolean {
  return reason === "denied" || reason === "tooLarge" || reason === "noSpace";
}
