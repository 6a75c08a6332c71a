import type { Random } from "../../../src/core/random.ts";
import type { HostileInput } from "../mutation/mutator.ts";

/** Something that hostile inputs are thrown at, with the state of one batch. */
export interface Target {
  /** @throws whatever shows that the input did harm. */
  feed(input: HostileInput, random: Random): void;
  /** Looks at what the whole batch left behind. @throws as `feed` */
  finish(): void;
  /** Lets go of everything. */
  close(): void;
}

/** @param batch numbers the batch: a target may be built differently from one to the next. */
export type TargetMaker = (batch: number) => Target;
