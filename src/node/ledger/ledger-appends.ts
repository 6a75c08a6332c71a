import { HearsayError } from "../../core/errors.ts";
import type {
  AppendOutcome,
  AppendRefusal,
  AppendRequest,
  OrderedLogCalls,
} from "../../data/ordered-log/ordered-log.contract.ts";
import type { WaitOptions } from "../api.ts";
import type { NodePorts } from "../node-ports.ts";
import type { PublicDot } from "../topics/topics.api.ts";
import { waitFor } from "../waits.ts";

export interface OrderedEvent {
  readonly dot: PublicDot;
  readonly index: number;
  readonly durable: boolean;
}

export interface LedgerAppendsPorts extends NodePorts {
  readonly ledger: string;
  readonly log: OrderedLogCalls;
  readonly enders: Set<(error: Error) => void>;
}

const refusals = {
  overload: ["QUEUE_FULL", "too much waits for its place; append less, or later"],
  tooLarge: ["VALUE_TOO_LARGE", "an entry takes at most 1 MiB; keep large things elsewhere"],
  noOrder: ["ORDER_REFUSED", "the order takes nothing here; see node.order.status()"],
  stopped: ["NODE_STOPPED", "the node was stopped"],
  voided: ["ORDER_REFUSED", "this node was taken for dead, and its entry is in nobody's order"],
} as const satisfies Record<AppendRefusal, readonly [string, string]>;

/** Brings entries of this node into the order. */
export class LedgerAppends {
  private readonly ports: LedgerAppendsPorts;
  private readonly asked = new Map<AppendRequest, (outcome: AppendOutcome) => void>();

  constructor(ports: LedgerAppendsPorts) {
    this.ports = ports;
    ports.log.listen({
      onAppended: (request, outcome) => {
        const told = this.asked.get(request);
        this.asked.delete(request);
        told?.(outcome);
      },
    });
  }

  /** @throws HearsayError as `Ledger.append` */
  async append(bytes: Uint8Array, { signal, timeoutMs }: WaitOptions): Promise<OrderedEvent> {
    const { enders, ledger, log, timers } = this.ports;
    const outcome = await waitFor<AppendOutcome>({
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(signal && { signal }),
      enders,
      timers,
      what: `an entry of ledger ${ledger} to be ordered; it may be yet`,
      begin: ({ resolve }) => {
        // Within the step: in a group of one it may end before the step has returned.
        const request = this.ports.step(() => {
          const begun = log.append(bytes, "ordered");
          this.asked.set(begun, resolve);
          return begun;
        });
        return () => this.asked.delete(request);
      },
    });
    if (outcome.kind === "refused") {
      const [code, detail] = refusals[outcome.reason];
      throw new HearsayError(code, `ledger ${ledger}: ${detail}`);
    }
    if (outcome.kind === "uncertain") throw uncertain(ledger);
    const { dot, durable, orderIndex } = outcome;
    if (dot === undefined || orderIndex === undefined) throw uncertain(ledger);
    return { dot: { origin: dot.origin, seq: dot.seq }, index: orderIndex, durable };
  }
}

function uncertain(ledger: string): HearsayError {
  const fix = "look whether it is there before you append it again";
  return new HearsayError("ORDER_UNCERTAIN", `ledger ${ledger}: an entry may be ordered; ${fix}`);
}
