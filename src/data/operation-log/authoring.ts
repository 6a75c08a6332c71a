import type { Dot } from "../../core/dot.ts";
import { compareHybridTimes } from "../../core/hybrid-clock.ts";
import type { Admission } from "./admission.ts";
import type { Execution } from "./execution.ts";
import type { Floor } from "./floor.ts";
import type {
  AppendOutcome,
  LoggedOperation,
  OperationLogWiring,
  Submission,
} from "./operation-log.contract.ts";
import type { Ordering } from "./ordering.contract.ts";
import { type RecordLog, recordBytes } from "./record-log.ts";

/** What one operation may take in an ordered log. [because: its eventMaxBytes is 1 MiB] */
const ORDERED_MAX_BYTES = 1_048_576 - 1_024;

export interface AuthoringParts {
  readonly wiring: OperationLogWiring;
  readonly admission: Admission;
  readonly execution: Execution;
  readonly floor: Floor;
  readonly order: Ordering;
  readonly records: RecordLog;
  /** It has the state of others, or there are none. */
  readonly isWhole: () => boolean;
  /** True when an operation in one order can be written now. Asks for it when not. */
  readonly isAgreed: () => boolean;
}

export type Authored =
  | { readonly status: "written"; readonly logged: LoggedOperation }
  | { readonly status: "known"; readonly dot: Dot }
  | { readonly status: Exclude<AppendOutcome["status"], "written" | "known"> };

/** Makes records of what is submitted here. [spec §8, update] */
export class Authoring {
  private readonly parts: AuthoringParts;

  constructor(parts: AuthoringParts) {
    this.parts = parts;
  }

  author(submission: Submission): Authored {
    const { class: kind, id, isFinal, payload, submittedAtMs } = submission;
    const { execution, isAgreed, records, wiring } = this.parts;
    const known = execution.executed.dotOf(id);
    if (known !== undefined) {
      wiring.counters.add("operations.duplicates");
      return { status: "known", dot: known };
    }
    const refused = this.refusal(submission);
    if (refused !== undefined) return { status: refused };
    if (kind === "total" && !isAgreed()) return { status: "unagreed" };
    const at = this.timeOf(submission);
    if (at === undefined) return { status: "early" };
    const causes = this.causesOf(submission);
    if (causes === undefined) return { status: "full" };
    const origin = wiring.origin();
    const dot = { origin, seq: records.seen.last(origin) + 1 };
    const others = { id, isFinal, ...causes, at, submittedAtMs, payload };
    const record = { kind: "operation", class: kind, ...others } as const;
    if (kind === "ordered" && recordBytes(record) > ORDERED_MAX_BYTES) return { status: "full" };
    wiring.counters.add("operations.appended");
    return { status: "written", logged: { dot, record } };
  }

  private refusal(submission: Submission): "tooOld" | "unreachable" | "full" | undefined {
    const { admission, execution, isWhole, records, wiring } = this.parts;
    const place = { own: wiring.origin(), seen: records.seen, isWhole: isWhole() };
    if (!admission.isTimely(submission.submittedAtMs)) return "tooOld";
    if (!admission.isReachable(submission, place)) return "unreachable";
    const isReady = (): boolean => execution.isReady(submission);
    return admission.hasRoom(submission.payload.length, submission.id, isReady)
      ? undefined
      : "full";
  }

  /** undefined when it would have to be later than this node believes it can be. */
  private timeOf({ afterTime }: Submission) {
    const { clock } = this.parts.wiring;
    if (afterTime !== undefined) clock.observe(afterTime);
    const at = clock.now();
    const isEarly = afterTime !== undefined && compareHybridTimes(at, afterTime) <= 0;
    return isEarly ? undefined : at;
  }

  private causesOf(submission: Submission) {
    const { admission, floor, order } = this.parts;
    const causes = floor.causesOf(submission, order.isInUse ? "ordered" : "causal");
    return admission.isFewEnough(causes) ? causes : undefined;
  }
}
