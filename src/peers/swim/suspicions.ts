import { confirmationsWanted, suspicionMinMs } from "./formulas.ts";
import { Suspicion } from "./suspicion.ts";
import type { SwimContext } from "./swim-context.ts";

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
    const { env, members, options } = this.context;
    const minMs = suspicionMinMs(
      options.suspicionMultiplier,
      members.size,
      options.probeIntervalMs,
    );
    this.serial += 1;
    const suspicion = new Suspicion({
      serial: this.serial,
      accuser,
      wantedCount: confirmationsWanted(options.suspicionMultiplier, members.size),
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

  drop(name: string): void {
    const suspicion = this.running.get(name);
    if (suspicion === undefined) return;
    if (suspicion.timer !== undefined) this.context.env.clearTimer(suspicion.timer);
    this.running.delete(name);
  }

  /** Forgets and says true when `serial` is the suspicion that runs now. */
  takeExpired(name: string, serial: number): boolean {
    if (this.running.get(name)?.serial !== serial) return false;
    this.running.delete(name);
    return true;
  }

  private arm(name: string, suspicion: Suspicion): void {
    const { env } = this.context;
    const delayMs = Math.max(0, suspicion.remainingMs(env.now()));
    suspicion.timer = env.setTimer(
      { kind: "suspicion", node: name, serial: suspicion.serial },
      delayMs,
    );
  }
}
