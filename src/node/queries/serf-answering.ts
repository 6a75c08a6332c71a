import type { IncomingQuery } from "../../peers/serf/serf.contract.ts";
import { noAnswerer, pumpAnswers } from "./answer-pump.ts";
import type { NodeQuery } from "./node-query.ts";
import type { QueryPorts } from "./queries.contract.ts";
import type { EndReason, WrittenValue } from "./query.messages.ts";
import { encodeReasonFrame, encodeValueFrame } from "./query-frame.wire.ts";

/** What a Serf answer has room for, beside the names around it. */
export type Respond = (payload: Uint8Array) => boolean;

interface Running {
  readonly controller: AbortController;
  readonly timer: number;
}

/** Answers typed queries that come on Serf's wire: one answer each. */
export class SerfAnswering {
  private readonly ports: QueryPorts;
  private readonly running = new Set<Running>();

  constructor(ports: QueryPorts) {
    this.ports = ports;
  }

  /** After the step. `others`: whether other code of this node may answer it. */
  onQuery(query: IncomingQuery, respond: Respond, others: "some" | "none"): void {
    const defined = this.ports.find(query.name);
    const refuse = (reason: EndReason, detail: string): void => {
      this.ports.count("queries.refused");
      if (query.answers === "framed") respond(encodeReasonFrame(reason, detail));
    };
    if (defined?.handler === undefined) {
      if (others === "none") refuse("noAnswerer", noAnswerer(query.name));
      return;
    }
    if (this.running.size >= this.ports.options.answeringMaxCount) {
      return refuse("busy", `${this.running.size} queries are answered`);
    }
    const reading = defined.readQuestion(defined.bare(query.payload));
    if (reading.kind === "bad") return refuse("badValue", reading.detail);
    this.run(query, defined, { value: reading.value, respond, refuse });
  }

  close(): void {
    for (const one of [...this.running]) this.end(one);
  }

  private run(
    query: IncomingQuery,
    defined: NodeQuery,
    { refuse, respond, value }: Answering,
  ): void {
    const { now, timers, wallClock } = this.ports;
    const leftMs = Math.max(0, query.deadlineMs - now());
    const controller = new AbortController();
    const timer = timers.startTimer(() => this.end(one), leftMs);
    const one: Running = { controller, timer };
    this.running.add(one);
    let isAnswered = false;
    const answer = (written: WrittenValue): void => {
      if (isAnswered || !this.running.has(one)) return;
      isAnswered = true;
      const isFramed = query.answers === "framed";
      const isSent = respond(isFramed ? encodeValueFrame(written) : written.payload);
      if (isSent) this.ports.count("queries.answered");
      else refuse("tooLarge", "the answer does not fit into one packet: ask by links");
      this.end(one);
    };
    const deadline = Math.round(wallClock() + leftMs);
    const context = { from: query.from, via: "serf", signal: controller.signal, deadline } as const;
    pumpAnswers(defined, value, context, {
      // One answer of each member is all that Serf takes.
      give: (written) => {
        answer(written);
        return false;
      },
      giveLast: answer,
      end: (reason, detail) => {
        if (!isAnswered && this.running.has(one)) refuse(reason, detail);
        this.end(one);
      },
      onCallbackError: (error) =>
        this.ports.onCallbackError(`the answers of query ${query.name}`, error),
    });
  }

  private end(one: Running): void {
    if (!this.running.delete(one)) return;
    this.ports.timers.stopTimer(one.timer);
    one.controller.abort();
  }
}

interface Answering {
  readonly value: unknown;
  readonly respond: Respond;
  readonly refuse: (reason: EndReason, detail: string) => void;
}
