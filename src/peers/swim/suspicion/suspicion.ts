import type { TimerId } from "../../../core/env.ts";
import { remainingSuspicionMs } from "../formulas.ts";
import type { AliveMessage, SuspectMessage } from "../swim.messages.ts";

interface Suspect {
  readonly name: string;
  readonly incarnation: number;
}

/** The claim that tells others, or `suspect` itself, of the suspicion. */
export function suspicionOf({ incarnation, name }: Suspect, from: string): SuspectMessage {
  return { kind: "suspect", incarnation, node: name, from };
}

export interface SuspicionTerms {
  /** Tells this suspicion from an earlier one about the same node. */
  readonly serial: number;
  /** Who accused first; does not count as a confirmation. */
  readonly accuser: string;
  readonly wantedCount: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly beganAtMs: number;
}

/**
 * One running suspicion: its time shrinks with each independent accuser (Lifeguard's LHA-Suspicion;
 * spec section 15). Remembers at most `wantedCount` + 1 names.
 */
export class Suspicion {
  readonly serial: number;
  timer: TimerId | undefined;
  /** What a later life of the suspect, at another address, last said: believed once it is dead. */
  successor: AliveMessage | undefined;
  private readonly terms: SuspicionTerms;
  private readonly accusers: Set<string>;

  constructor(terms: SuspicionTerms) {
    this.serial = terms.serial;
    this.terms = terms;
    this.accusers = new Set([terms.accuser]);
  }

  /** True when `from` is a new accuser and further ones still count. */
  confirm(from: string): boolean {
    if (this.accusers.size > this.terms.wantedCount || this.accusers.has(from)) return false;
    this.accusers.add(from);
    return true;
  }

  get confirmationsCount(): number {
    return this.accusers.size - 1;
  }

  /** @param stretch multiplies the whole time, what is over of it too. */
  remainingMs(nowMs: number, stretch = 1): number {
    return remainingSuspicionMs({
      confirmationsCount: this.confirmationsCount,
      wantedCount: this.terms.wantedCount,
      elapsedMs: nowMs - this.terms.beganAtMs,
      minMs: this.terms.minMs * stretch,
      maxMs: this.terms.maxMs * stretch,
    });
  }
}
