import type { DatedDeed } from "../../../../src/sim/playground/play-town.ts";
import type { TownAnswer, TownMoment, TownRequest } from "./town.messages.ts";

/** What is known of a town. */
export interface TownNews<State> {
  readonly state: State | undefined;
  /** Whether that is the moment that was asked for. */
  readonly isThere: boolean;
  readonly failure: string | undefined;
  /** How many nodes there are already, while it is built. */
  readonly settledCount: number | undefined;
  /** Something was asked that is not answered yet. */
  readonly isBusy: boolean;
}

export const noNews: TownNews<never> = {
  state: undefined,
  isThere: false,
  failure: undefined,
  settledCount: undefined,
  isBusy: false,
};

/** A town in a worker of its own. What is answered to a former question is not heard. */
export class TownWorker<Setting, State extends TownMoment> {
  private readonly start: () => Worker;
  private readonly onNews: (news: Partial<TownNews<State>>) => void;
  private worker: Worker | undefined;
  private round = 0;
  /** The setting of a town that may still be being built. */
  private building: string | undefined;
  private settledCount: number | undefined;
  private onStopped: ((atMs: number) => void) | undefined;

  constructor(start: () => Worker, onNews: (news: Partial<TownNews<State>>) => void) {
    this.start = start;
    this.onNews = onNews;
  }

  show(setting: Setting, deeds: readonly DatedDeed[], atMs: number): void {
    const key = JSON.stringify(setting);
    // A large town that is still being built hears nothing until it is there.
    if (this.building !== undefined && this.building !== key) this.leave();
    this.building = key;
    this.onStopped = undefined;
    this.round += 1;
    this.onNews({ isBusy: true, failure: undefined });
    this.ask({ kind: "show", round: this.round, setting, deeds, atMs });
  }

  /** Leaves it where it is; `onStopped` is told that moment as soon as it is known. */
  stop(onStopped: (atMs: number) => void): void {
    this.round += 1;
    if (this.settledCount === undefined) {
      this.onStopped = onStopped;
      return this.ask({ kind: "stop", round: this.round });
    }
    this.leave();
    this.settle({ state: undefined, isThere: false });
    onStopped(0);
  }

  /** Whatever it was doing. */
  leave(): void {
    this.worker?.terminate();
    this.worker = undefined;
  }

  private ask(request: TownRequest<Setting>): void {
    this.worker ??= this.makeWorker();
    this.worker.postMessage(request);
  }

  private makeWorker(): Worker {
    const worker = this.start();
    worker.onmessage = (event: MessageEvent<TownAnswer<State>>) => this.hear(event.data);
    worker.onerror = ({ message }) => {
      this.leave();
      const failure = `The simulation ended: ${message}. A smaller town needs less memory.`;
      this.settle({ failure });
    };
    return worker;
  }

  private hear(answer: TownAnswer<State>): void {
    if (answer.round !== this.round) return;
    if (answer.kind === "building") {
      this.settledCount = answer.settledCount;
      return this.onNews({ settledCount: answer.settledCount });
    }
    if (answer.kind === "failure") return this.settle({ failure: answer.text });
    if (!answer.isDone) {
      this.building = undefined;
      this.settledCount = undefined;
      const news = { state: answer.state, isThere: false, failure: undefined };
      return this.onNews({ ...news, settledCount: undefined });
    }
    this.settle({ state: answer.state, isThere: true, failure: undefined });
    this.onStopped?.(answer.state.count.nowMs);
    this.onStopped = undefined;
  }

  private settle(news: Partial<TownNews<State>>): void {
    this.building = undefined;
    this.settledCount = undefined;
    this.onNews({ ...news, settledCount: undefined, isBusy: false });
  }
}
