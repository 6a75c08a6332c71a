import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { PeerId } from "../../core/peer.ts";
import type { ReplicaListener } from "../../exchange/replica.ts";
import type { OperationListener } from "./operation-log.contract.ts";
import type { LoggedRecord, Operation, OperationRecord } from "./operation-log.messages.ts";

interface News extends LoggedRecord {
  readonly from: PeerId | undefined;
}

/** Who listens to a log. All but `onMarkWanted` is told when the step has ended, in order. */
export class OperationEars {
  private readonly afterStep: (body: () => void) => void;
  private readonly replicas: ReplicaListener<OperationRecord>[] = [];
  private readonly operations: OperationListener[] = [];
  private news: News[] = [];
  private executed: { readonly dot: Dot; readonly operation: Operation }[] = [];

  constructor(afterStep: (body: () => void) => void) {
    this.afterStep = afterStep;
  }

  add(listener: ReplicaListener<OperationRecord>): void {
    this.replicas.push(listener);
  }

  addOperations(listener: OperationListener): void {
    this.operations.push(listener);
  }

  tellNews({ dot, record }: LoggedRecord, from: PeerId | undefined): void {
    this.news.push({ dot, record, from });
    if (this.news.length > 1) return;
    this.afterStep(() => {
      const { news } = this;
      this.news = [];
      for (const { dot: one, from: who, record: what } of news) {
        for (const listener of this.replicas) listener.onNews(one, what, who);
      }
    });
  }

  tellForgotten(dots: ReadonlyDotSet): void {
    this.afterStep(() => {
      for (const listener of this.replicas) listener.onForgotten?.(dots);
    });
  }

  tellExecuted(dot: Dot, operation: Operation): void {
    this.executed.push({ dot, operation });
    if (this.executed.length > 1) return;
    this.afterStep(() => {
      const { executed } = this;
      this.executed = [];
      for (const { dot: one, operation: what } of executed) {
        for (const listener of this.operations) listener.onExecuted?.(one, what);
      }
    });
  }

  tell(what: "onBehind" | "onInstalled" | "onRebased"): void {
    this.afterStep(() => {
      for (const listener of this.operations) listener[what]?.();
    });
  }

  askForMark(): void {
    for (const listener of this.operations) listener.onMarkWanted?.();
  }

  /** What was executed so far in this step is no news. */
  dropExecuted(): void {
    this.executed = [];
  }
}
