/** Takes a message of a mounted protocol to the protocol that carries it. */
export interface Carrier {
  carryNow(to: unknown, message: unknown): void;
}

interface Carried {
  readonly carrier: Carrier;
  readonly to: unknown;
  readonly message: unknown;
}

/**
 * The step discipline that every host keeps: steps do not nest, and what must be told last is told
 * when the step has ended. A base class and not a part, for a part per node would be one more
 * object in each of 100,000 simulated nodes.
 */
export abstract class Stepper {
  private inStep = false;
  private telling = false;
  private carried: Carried[] | undefined;
  private lastWords: (() => void)[] | undefined;

  /** What the step sent leaves now. */
  protected abstract onStepEnd(): void;

  /** True while a protocol runs. */
  protected get isInStep(): boolean {
    return this.inStep;
  }

  /** Runs a step: what it sends leaves at its end. */
  step<R>(body: () => R): R {
    if (this.inStep) return body();
    this.inStep = true;
    try {
      return body();
    } finally {
      this.endStep();
    }
  }

  /** Runs `body` once the step that is under way has ended. */
  afterStep(body: () => void): void {
    if (!this.inStep && !this.telling) {
      body();
      return;
    }
    this.lastWords ??= [];
    this.lastWords.push(body);
  }

  /** Queues `message`; `carrier` gets it when the step ends, or at once as a step of its own. */
  sendCarried(carrier: Carrier, to: unknown, message: unknown): void {
    if (!this.inStep) {
      this.step(() => carrier.carryNow(to, message));
      return;
    }
    this.carried ??= [];
    this.carried.push({ carrier, to, message });
  }

  /**
   * For hosts that call a protocol without a closure: `beginStep`, the call, `endStep` in
   * `finally`.
   */
  protected beginStep(): void {
    this.inStep = true;
  }

  /** What the step has sent leaves now, and what waited for its end runs. */
  protected endStep(): void {
    try {
      if (this.carried !== undefined && this.carried.length > 0) this.carryAll(this.carried);
    } finally {
      this.inStep = false;
      this.onStepEnd();
    }
    // A listener may begin a step of its own; what that wants told last waits for its turn here.
    if (this.lastWords !== undefined && !this.telling) this.tellLastWords();
  }

  /**
   * What mounted protocols sent meets its carrier when the protocols that sent it have returned.
   */
  private carryAll(carried: Carried[]): void {
    try {
      // Not entries(): what is carried may carry more behind it.
      for (let at = 0; at < carried.length; at += 1) {
        const one = carried[at];
        one?.carrier.carryNow(one.to, one.message);
      }
    } finally {
      carried.length = 0;
    }
  }

  private tellLastWords(): void {
    const words = this.lastWords ?? [];
    this.telling = true;
    let next = 0;
    try {
      while (next < words.length) {
        const body = words[next];
        next += 1;
        body?.();
      }
    } finally {
      // After a throw the rest stays queued and is told after the next step.
      this.telling = false;
      if (next >= words.length) words.length = 0;
      else words.splice(0, next);
    }
  }
}
