import type { DiscPoint } from "./disc.ts";

/** What somebody does to a town. */
export type Deed =
  | { readonly do: "infect"; readonly node: number }
  | { readonly do: "kill"; readonly node: number }
  /** So many of those that live, drawn by the seed. */
  | { readonly do: "killSome"; readonly ratio: number }
  /** Nodes on one side of a line hear nobody on the other. */
  | { readonly do: "part"; readonly from: DiscPoint; readonly to: DiscPoint }
  | { readonly do: "heal" };

export type DatedDeed = Deed & { readonly atMs: number };

/** Asked again and again while time passes: whether it should stop where it is. */
export type IsEnough = () => boolean;

/** A town as its host drives it: time goes forth only, and deeds are done now. */
export interface DrivenTown {
  readonly nowMs: number;
  /** Lets time pass until then. @returns false where it was enough before. */
  advanceTo(nowMs: number, isEnough?: IsEnough): boolean;
  /** Now. What makes no sense (a node that is not there, or dead) does nothing. */
  act(deed: Deed): void;
}

/**
 * A town together with what was done to it: it is shown any moment of any such course, and gets
 * there the cheapest way. What is past is looked up; what is to come is simulated; only where the
 * past itself is another, all begins again.
 */
export class TownTime<Town extends DrivenTown> {
  private readonly build: () => Town;
  private current: Town | undefined;
  private done: readonly DatedDeed[] = [];

  constructor(build: () => Town) {
    this.build = build;
  }

  /** The town as it is now. */
  get town(): Town {
    this.current ??= this.build();
    return this.current;
  }

  /**
   * Lets everything happen that happens until then.
   * @returns false where it was enough before; the town is somewhere on the way.
   */
  reach(atMs: number, deeds: readonly DatedDeed[], isEnough?: IsEnough): boolean {
    if (!this.isPastOf(deeds)) {
      this.current = undefined;
      this.done = [];
    }
    while (true) {
      const next = deeds[this.done.length];
      if (next === undefined || next.atMs > atMs) break;
      if (!this.town.advanceTo(next.atMs, isEnough)) return false;
      this.town.act(next);
      this.done = [...this.done, next];
    }
    return this.town.advanceTo(atMs, isEnough);
  }

  /** What was done is the beginning of these, and nothing else was to be done by now. */
  private isPastOf(deeds: readonly DatedDeed[]): boolean {
    const nowMs = this.current?.nowMs ?? 0;
    const next = deeds[this.done.length];
    if (next !== undefined && next.atMs < nowMs) return false;
    return this.done.every((deed, place) => isSame(deed, deeds[place]));
  }
}

function isSame(one: DatedDeed, other: DatedDeed | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
