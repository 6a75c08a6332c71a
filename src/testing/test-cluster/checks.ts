import { HearsayError } from "../../core/errors.ts";
import { Census, msText, type Subject } from "./census.ts";
import type { Expectation, Verdict } from "./cluster-api.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface CheckPorts {
  readonly time: VirtualTime;
  readonly machines: ReadonlyMap<string, Subject>;
  /** When the network became whole again; undefined when it is not, or was never broken. */
  healedAtMs(): number | undefined;
  /** @throws HearsayError MEMBER_UNKNOWN */
  find(name: string): Subject;
  /** Ends a message: the seed and the last lines of the trace. */
  epilogue(): string;
}

/** What one kind of expectation looks at. */
interface Question {
  /** Completes "the cluster was expected …". */
  readonly what: string;
  readonly endMs: number;
  isAnswered(): boolean;
  /** Why it does not hold now. */
  reasons(): string[];
}

/** Lets time pass until what is expected of the memberships has come true. */
export class Checks {
  private readonly ports: CheckPorts;
  private readonly census: Census;
  /** When any membership last changed, as its node's events tell. */
  private changedAtMs = 0;
  private hasChanged = true;

  constructor(ports: CheckPorts) {
    this.ports = ports;
    this.census = new Census(ports.machines);
  }

  /** Some node sees some other differently, or a node came or went. */
  onMembership(): void {
    this.hasChanged = true;
    this.changedAtMs = this.ports.time.nowMs;
  }

  async check(expectation: Expectation): Promise<Verdict> {
    const { withinMs } = expectation;
    if (!(Number.isFinite(withinMs) && withinMs >= 0)) {
      throw refusal(`a time is a number of virtual milliseconds, not ${String(withinMs)}`);
    }
    const { time } = this.ports;
    const begunMs = time.nowMs;
    const question = this.question(expectation);
    const passed = await this.ask(question);
    const tookMs = time.nowMs - begunMs;
    const expected = `expected ${question.what}, within ${msText(withinMs)}`;
    if (passed) {
      const message = `${expected}, and so it was after ${msText(tookMs)}\n`;
      return { passed, tookMs, message: `${message}${this.ports.epilogue()}` };
    }
    const reasons = question.reasons().map((line) => `  ${line}\n`);
    const found = `${expected}; at ${msText(time.nowMs)} of virtual time:\n${reasons.join("")}`;
    return { passed, tookMs, message: `${found}${this.ports.epilogue()}` };
  }

  /** Looks only when a membership has changed, for to look at all of them costs N². */
  private async ask(question: Question): Promise<boolean> {
    let isAnswered = question.isAnswered();
    this.hasChanged = false;
    const look = (): boolean => {
      if (!this.hasChanged) return isAnswered;
      this.hasChanged = false;
      isAnswered = question.isAnswered();
      return isAnswered;
    };
    const endMs = Math.max(question.endMs, this.ports.time.nowMs);
    return (await this.ports.time.runUntil(endMs, look)) || question.isAnswered();
  }

  private question(expectation: Expectation): Question {
    switch (expectation.kind) {
      case "converge":
        return this.convergence(expectation.withinMs, expectation.among);
      case "detect":
        return this.detection(expectation);
      case "heal":
        return this.healing(expectation.withinMs);
    }
  }

  private convergence(withinMs: number, among: readonly string[] | undefined): Question {
    const { census, ports } = this;
    const named = among?.map((name) => ports.find(name));
    const observers = (): Subject[] =>
      named === undefined ? census.running : named.filter(({ fate }) => fate === "runs");
    if (observers().length === 0) throw refusal("nobody is asked: none of these nodes runs");
    const who = among === undefined ? "all that run" : among.join(", ");
    return {
      what: `${who} to see exactly each other`,
      endMs: ports.time.nowMs + withinMs,
      isAnswered: () => census.isConverged(observers()),
      reasons: () => census.convergenceReport(observers()),
    };
  }

  private detection(asked: { name: string; withinMs: number; by?: readonly string[] }): Question {
    const { name, withinMs, by } = asked;
    const { census, ports } = this;
    ports.find(name);
    const named = by?.map((one) => ports.find(one));
    const observers = (): Subject[] => (named ?? census.running).filter((one) => one.name !== name);
    if (observers().length === 0) throw refusal(`nobody is there to see that ${name} failed`);
    return {
      what: `${by === undefined ? "all others" : by.join(", ")} to see ${name} as failed`,
      endMs: ports.time.nowMs + withinMs,
      isAnswered: () => census.isDetected(name, observers()),
      reasons: () => census.detectionReport(name, observers()),
    };
  }

  private healing(withinMs: number): Question {
    const { census, ports } = this;
    const healedAtMs = ports.healedAtMs();
    if (healedAtMs === undefined) {
      throw refusal("nothing can have healed: end the partition by heal(), then expect this");
    }
    const endMs = healedAtMs + withinMs;
    // Time may have passed since: what has not changed since then held all the time.
    const isInTime = (): boolean => this.changedAtMs <= endMs;
    const late = (): string => `all agree, but only since ${msText(this.changedAtMs)}`;
    return {
      what: `all that run to see each other again after heal() at ${msText(healedAtMs)}`,
      endMs,
      isAnswered: () => isInTime() && census.isConverged(census.running),
      reasons: () => (isInTime() ? census.convergenceReport(census.running) : [late()]),
    };
  }
}

function refusal(detail: string): HearsayError {
  return new HearsayError("TEST_CLUSTER", detail);
}
