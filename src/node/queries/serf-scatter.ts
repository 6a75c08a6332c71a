import type { QueryId, QueryParameters, SerfFilter } from "../../peers/serf/serf.contract.ts";
import type { SerfAsking } from "../faces/node-serf.ts";
import type { NodeQuery } from "./node-query.ts";
import { decodeAnswerFrame } from "./query-frame.wire.ts";
import type { Run, Scatter } from "./query-run.ts";

export interface SerfPlan {
  readonly query: NodeQuery;
  readonly payload: Uint8Array;
  readonly filters: readonly SerfFilter[];
  readonly acks: QueryParameters["acks"];
  readonly relayFactor: number;
  readonly timeoutMs: number | undefined;
  /** Whom the filters are believed to mean: others may answer, too. */
  readonly expected: readonly string[];
}

/** A query on Serf's wire: gossiped to all, and one answer comes back from each by UDP. */
export class SerfScatter implements Scatter {
  private readonly serf: SerfAsking;
  private readonly run: Run;
  private readonly plan: SerfPlan;
  private id: QueryId | undefined;

  constructor(serf: SerfAsking, run: Run, plan: SerfPlan) {
    this.serf = serf;
    this.run = run;
    this.plan = plan;
  }

  /** In a step. @throws HearsayError QUERY_TOO_LARGE, QUEUE_FULL, CONFIG_OPTION */
  begin(): void {
    const { acks, expected, filters, payload, query, relayFactor, timeoutMs } = this.plan;
    for (const name of expected) this.run.expect(name, "serf");
    const parameters = { name: query.name, payload, filters, acks, relayFactor, timeoutMs };
    this.id = this.serf.ask(
      { ...parameters, answers: "framed" },
      {
        onAck: (from) => {
          if (this.run.hear(from, "serf")) this.run.onAck(from);
        },
        onAnswer: ({ from, payload: bytes }) => this.onAnswer(from, bytes),
        onDone: () => {
          this.id = undefined;
          // By links others may still be at it.
          if (this.run.pending("links").length === 0) this.run.end("deadline");
        },
      },
    );
  }

  onRoom(): void {}

  onEnded(): void {
    const { id } = this;
    this.id = undefined;
    if (id !== undefined) this.serf.cancel(id);
  }

  private onAnswer(from: string, payload: Uint8Array): void {
    if (!this.run.hear(from, "serf")) return;
    const frame = this.serf.isHearsay(from) ? decodeAnswerFrame(payload) : undefined;
    if (frame?.kind === "none") return this.onNone(from, frame.reason, frame.detail);
    const written =
      frame?.kind === "value"
        ? frame.value
        : this.plan.query.bare(frame?.payload ?? Uint8Array.from(payload));
    if (this.run.onAnswer(from, written, "last") === "taken") return;
    this.run.settle(from, "unfinished", "its answer came when too many waited to be read");
  }

  private onNone(from: string, reason: string, detail: string): void {
    this.run.onAck(from);
    if (reason === "failed" || reason === "badAnswer" || reason === "tooLarge") {
      this.run.onFailure(from, reason, detail);
    } else this.run.settle(from, "refused", `${reason}: ${detail}`);
  }
}
