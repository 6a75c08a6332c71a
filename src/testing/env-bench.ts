import type { Address } from "../core/address.ts";
import { assert } from "../core/assert.ts";
import type { Env, ExchangeId, StreamEnv } from "../core/env.ts";
import type { ExchangeOutcome, Protocol, StreamProtocol } from "../core/protocol.ts";
import type { StackHost } from "../core/stack-host.ts";
import { assertEqual, type MaybePromise } from "./test-api.ts";

/** What the suite sends. A host with codecs brings one for it. */
export interface ContractMessage {
  readonly kind: "note";
  readonly text: string;
}

/** One host on which nothing is mounted yet. */
export interface ContractHost {
  readonly host: StackHost;
  /** Where the other host sends to. */
  readonly address: Address;
}

/** Two hosts that reach each other, losing nothing, and the time they live in. */
export interface EnvRig {
  readonly a: ContractHost;
  readonly b: ContractHost;
  /** An address of which it is certain that nobody is there. */
  readonly nowhere: Address;
  /** Lets time pass. */
  pass(durationMs: number): MaybePromise<void>;
  /** Gives back what the rig took. */
  close(): MaybePromise<void>;
}

/** Longest wait for something that must happen, in the time of the rig. */
const WAIT_MS = 3_000;
const NAP_MS = 5;

export function note(text: string): ContractMessage {
  return { kind: "note", text };
}

/** Writes down what reaches it, and whether anything reached it while it was busy. */
class Probe implements StreamProtocol<ContractMessage, string> {
  readonly env: StreamEnv<ContractMessage, string>;
  readonly log: string[] = [];
  readonly outcomes: (readonly [ExchangeId, string])[] = [];
  readonly firedAtMs: number[] = [];
  /** Calls that came during another one. */
  readonly interruptions: string[] = [];
  from: Address | undefined;
  react: (what: string) => void = () => {};
  private isBusy = false;

  constructor(env: StreamEnv<ContractMessage, string>) {
    this.env = env;
  }

  start(): void {}
  stop(): void {}

  onMessage(from: Address, message: ContractMessage): void {
    this.from = from;
    this.take(`message ${message.text}`);
  }

  onTimer(timer: string): void {
    this.firedAtMs.push(this.env.now());
    this.take(`timer ${timer}`);
  }

  onExchange(id: ExchangeId, outcome: ExchangeOutcome<ContractMessage>): void {
    const what =
      outcome.kind === "reply" ? `reply ${outcome.reply?.text ?? "none"}` : outcome.reason;
    this.outcomes.push([id, what]);
    this.take(`exchange ${what}`);
  }

  onRequest(_from: Address, request: ContractMessage): ContractMessage | undefined {
    this.take(`request ${request.text}`);
    return request.text === "hush" ? undefined : note(`re ${request.text}`);
  }

  /** For what the test itself does with the env: a call from outside. */
  act(body: () => void): void {
    this.isBusy = true;
    try {
      body();
    } finally {
      this.isBusy = false;
    }
  }

  private take(what: string): void {
    if (this.isBusy) this.interruptions.push(what);
    this.log.push(what);
    this.act(() => this.react(what));
  }
}

/** A protocol carried by the probe. */
class Passenger implements Protocol<string, string, string> {
  readonly env: Env<string, string, string>;
  readonly log: string[] = [];
  constructor(env: Env<string, string, string>) {
    this.env = env;
  }
  start(): void {}
  stop(): void {}
  onMessage(_from: string, message: string): void {
    this.log.push(message);
  }
  onTimer(timer: string): void {
    this.log.push(timer);
  }
}

export class Bench {
  readonly rig: EnvRig;
  readonly a: Probe;
  readonly b: Probe;

  constructor(rig: EnvRig) {
    this.rig = rig;
    this.a = mountProbe(rig.a.host);
    this.b = mountProbe(rig.b.host);
  }

  /** One step of `a`, during which nothing may reach it or `b`. */
  stepA(body: () => void): void {
    const before = this.a.log.length + this.b.log.length;
    this.rig.a.host.step(() => this.a.act(body));
    const after = this.a.log.length + this.b.log.length;
    assertEqual(after, before, "calls back into a protocol before the step was over");
  }

  async until(holds: () => boolean, what: string): Promise<void> {
    for (let passedMs = 0; !holds(); passedMs += NAP_MS) {
      assert(passedMs < WAIT_MS, `${what} did not happen within ${WAIT_MS} ms`);
      await this.rig.pass(NAP_MS);
    }
  }
}

function mountProbe(host: StackHost): Probe {
  return host.mountStream<ContractMessage, string, Probe>("probe", (env) => new Probe(env));
}

export function mountPassenger(
  host: StackHost,
  channel: string,
  send: (to: string, message: string) => void,
): Passenger {
  return host.mount<string, string, string, Passenger>(channel, send, (e) => new Passenger(e));
}
