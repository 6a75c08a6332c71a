import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Submission } from "./operation-log.contract.ts";
import type { Causes, OperationClass, Vector } from "./operation-log.messages.ts";
import { above, prefixesOf } from "./vector.ts";

/**
 * What all members have executed: nothing need say that it comes after that, so that vectors grow
 * with who writes now, and not with who ever wrote.
 *
 * Departs from [spec §12]: there, entries of those who are gone stay in vectors for ever. What was
 * executed here, causes and all, and was then received by every member, is executed by every member
 * too; newcomers begin with the state of one of them.
 */
export class Floor {
  private vector: Vector = new Map();
  private next: Vector | undefined;

  /** `stable` was received by all, `applied` was executed here. */
  raise(stable: ReadonlyDotSet, applied: ReadonlyDotSet): void {
    if (this.next !== undefined) {
      for (const [origin, upTo] of this.next) if (stable.prefix(origin) < upTo) return;
      this.vector = this.next;
    }
    this.next = prefixesOf(applied);
  }

  /**
   * What a record has to say of `prev`. Where there are operations in total order, another member
   * may have received one and not have executed it: only what waits for its own place behind it
   * needs not say so.
   */
  private trim(prev: Vector, kind: OperationClass, others: "ordered" | "causal"): Vector {
    if (kind === "commutative") return new Map();
    return others === "ordered" && kind === "causal" ? prev : this.above(prev);
  }

  /** All that a record of `submission` has to say that it comes after. */
  causesOf(submission: Submission, others: "ordered" | "causal"): Causes {
    const { beyond, class: kind } = submission;
    const prev = this.trim(submission.prev, kind, others);
    return beyond === undefined || beyond.isEmpty || kind === "commutative"
      ? { prev }
      : { prev, beyond };
  }

  above(vector: Vector): Vector {
    return above(vector, this.vector);
  }

  clear(): void {
    this.vector = new Map();
    this.next = undefined;
  }
}
