import { confirmationsWanted, suspicionMinMs } from "../formulas.ts";
import type { SwimContext } from "../swim-context.ts";
import { Suspicion } from "./suspicion.ts";

/** What is less is rounding: a timer for it might not move the clock. */
const TICK_MS = 1;

/** The running suspicions, one at most for each member, each with its timer. */
export class Suspicions {
  private readonly context: SwimContext;
  private readonly running = new Map<string, Suspicion>();
  private serial = 0;

  constructor(context: SwimContext) {
    this.context = context;
  }

  of(name: string): Suspicion | undefined {
    return this.running.get(name);
  }

  begin(name: string, accuser: string): void {
    const { env, identity, members, options, suspectQueue } = this.context;
    const minMs = suspicionMinMs(
      options.suspicionMultiplier,
      members.size,
      options.probeIntervalMs,
    );
    // Who accuses has just probed.
    if (accuser !== identity.name) suspectQueue.offer(name);
    this.serial += 1;
    const suspicion = new Suspicion({
      serial: this.serial,
      accuser,
      wantedCount: this.wantedCount(),
      minMs,
      maxMs: minMs * options.suspicionMaxTimeoutMultiplier,
      beganAtMs: env.now(),
    });
    this.running.set(name, suspicion);
    this.arm(name, suspicion);
  }

  /** Sets the timer for what is left; 0 when the time is over already. */
  rearm(name: string, suspicion: Suspicion): void {
    if (suspicion.timer !== undefined) this.context.env.clearTimer(suspicion.timer);
    this.arm(name, suspicion);
  }

  /** Ends the one about `name`, if there is one. */
  take(name: string): Suspicion | undefined {
    const suspicion = this.running.get(name);
    if (suspicion?.timer !== undefined) this.context.env.clearTimer(suspicion.timer);
    this.running.delete(name);
    return suspicion;
  }

  /**
   * Ends it when `serial` is the suspicion that runs now. A suspect that said that it
   * is busy gets more time, and so does anyone from a node that doubts itself; it is asked again
   * each probe interval, for either may have recovered.
   *
   * Departs from [Lifeguard 2017 §IV.B] when `lifeguardSuspicion` is "scaled": there, a node that
   * was cut off while its suspicions ran buries the living as soon as it has company.
   */
  takeExpired(name: string, serial: number): Suspicion | undefined {
    const suspicion = this.running.get(name);
    if (suspicion === undefined || suspicion.serial !== serial) return undefined;
    const { options, env } = this.context;
    const stretch = this.stretchFor(name);
    if (stretch > 1) {
      const leftMs = suspicion.remainingMs(env.now(), stretch);
      if (leftMs >= TICK_MS) {
        this.wake(name, suspicion, Math.min(leftMs, options.probeIntervalMs));
        return undefined;
      }
    }
    this.running.delete(name);
    return suspicion;
  }

  private stretchFor(name: string): number {
    const { awareness, health, options } = this.context;
    const own = options.lifeguardSuspicion === "scaled" ? awareness.score + 1 : 1;
    return own * health.patienceFor(name);
  }

  private wantedCount(): number {
    const { members, options } = this.context;
    const { lifeguardSuspicion, suspicionConfirmationsCount, suspicionMultiplier } = options;
    if (lifeguardSuspicion === "off") return 0;
    if (suspicionConfirmationsCount === 0) {
      return confirmationsWanted(suspicionMultiplier, members.size);
    }
    // Where fewer are there to confirm, all of them must; memberlist would then ask for none.
    return Math.max(0, Math.min(suspicionConfirmationsCount, members.size - 2));
  }

  private arm(name: string, suspicion: Suspicion): void {
    const { env } = this.context;
    this.wake(name, suspicion, Math.max(0, suspicion.remainingMs(env.now())));
  }

  private wake(name: string, suspicion: Suspicion, delayMs: number): void {
    const timer = { kind: "suspicion", node: name, serial: suspicion.serial } as const;
    suspicion.timer = this.context.env.setTimer(timer, delayMs);
  }
}
