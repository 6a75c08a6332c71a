import type { DatedDeed } from "../../../../src/sim/playground/play-town.ts";
import type { SpreadSetting } from "../../../../src/sim/playground/spread-town.ts";
import type { PlayAnswer, PlayRequest } from "./play.messages.ts";

export type TownState = Extract<PlayAnswer, { readonly kind: "state" }>;

/** What is known of a town. */
export interface TownNews {
  readonly state: TownState | undefined;
  readonly failure: string | undefined;
  /** How many nodes there are already, while it is built. */
  readonly settledCount: number | undefined;
  /** Something was asked that is not answered yet. */
  readonly isBusy: boolean;
}

export const noNews: TownNews = {
  state: undefined,
  failure: undefined,
  settledCount: undefined,
  isBusy: false,
};

/** A town in a worker of its own. What is answered to a former question is not heard. */
export class TownWorker {
  private readonly onNews: (news: Partial<TownNews>) => void;
  private worker: Worker | undefined;
  private round = 0;
  /** The setting of a town that may still be being built. */
  private building: string | undefined;
  private settledCount: number | undefined;
  private onStopped: ((atMs: number) => void) | undefined;

  constructor(onNews: (news: Partial<TownNews>) => void) {
    this.onNews = onNews;
  }

  show(setting: SpreadSetting, deeds: readonly DatedDeed[], atMs: number): void {
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
    this.settle({ state: undefined });
    onStopped(0);
  }

  /** Whatever it was doing. */
  leave(): void {
    this.worker?.terminate();
    this.worker = undefined;
  }

  private ask(request: PlayRequest): void {
    this.worker ??= this.makeWorker();
    this.worker.postMessage(request);
  }

  private makeWorker(): Worker {
    const worker = new Worker(new URL("./play.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<PlayAnswer>) => this.hear(event.data);
    worker.onerror = ({ message }) => {
      this.leave();
      const failure = `The simulation ended: ${message}. A smaller town needs less memory.`;
      this.settle({ failure });
    };
    return worker;
  }

  private hear(answer: PlayAnswer): void {
    if (answer.round !== this.round) return;
    if (answer.kind === "building") {
      this.settledCount = answer.settledCount;
      return this.onNews({ settledCount: answer.settledCount });
    }
    if (answer.kind === "failure") return this.settle({ failure: answer.text });
    if (!answer.isDone) {
      this.building = undefined;
      this.settledCount = undefined;
      return this.onNews({ state: answer, failure: undefined, settledCount: undefined });
    }
    this.settle({ state: answer, failure: undefined });
    this.onStopped?.(answer.count.nowMs);
    this.onStopped = undefined;
  }

  private settle(news: Partial<TownNews>): void {
    this.building = undefined;
    this.settledCount = undefined;
    this.onNews({ ...news, settledCount: undefined, isBusy: false });
  }
}
