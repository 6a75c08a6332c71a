/** One town, beside the page: the simulator and the protocols are the very classes that ship. */
import { type DrivenTown, TownTime } from "../../../../src/sim/playground/play-town.ts";
import type { TownAnswer, TownRequest } from "./town.messages.ts";

/** A kind of town, as a worker has it. */
export interface HostedTown<Setting, Town extends DrivenTown, State> {
  readonly build: (setting: Setting, onSettled: (count: number) => void) => Town;
  /** The latest moment that was counted. */
  readonly markedMs: (town: Town) => number;
  /** This or any earlier moment, and the buffers that may be given away. */
  readonly look: (town: Town, atMs: number) => { state: State; given: readonly ArrayBuffer[] };
}

/** So long it computes until it looks whether something else is wanted. */
const SLICE_MS = 60;
/** So often it shows how far it is. */
const GLIMPSE_MS = 150;
/** A clock is not asked after each of a million moments. */
const MOMENTS_AT_ONCE = 32;

/** Answers the page from now on. */
export function hostTown<Setting, Town extends DrivenTown, State>(
  hosted: HostedTown<Setting, Town, State>,
): void {
  const host = new TownHost(hosted);
  addEventListener("message", (event: MessageEvent<TownRequest<Setting>>) => host.hear(event.data));
}

type ShowRequest<Setting> = TownRequest<Setting> & { readonly kind: "show" };

class TownHost<Setting, Town extends DrivenTown, State> {
  private readonly hosted: HostedTown<Setting, Town, State>;
  private time: TownTime<Town> | undefined;
  private builtOf = "";
  private wanted: ShowRequest<Setting> | undefined;
  private isBusy = false;
  private glimpsedAtMs = 0;

  constructor(hosted: HostedTown<Setting, Town, State>) {
    this.hosted = hosted;
  }

  hear(request: TownRequest<Setting>): void {
    if (request.kind === "show") {
      this.wanted = request;
      if (!this.isBusy) this.work();
      return;
    }
    this.wanted = undefined;
    this.guard(request.round, () => {
      if (this.time === undefined) return;
      this.tellState(request.round, this.hosted.markedMs(this.time.town), "done");
    });
  }

  /** A slice of what is wanted; the rest after whatever the page has said meanwhile. */
  private work(): void {
    const request = this.wanted;
    this.isBusy = false;
    if (request === undefined) return;
    this.guard(request.round, () => {
      if (!this.advance(request)) {
        this.isBusy = true;
        setTimeout(() => this.work());
        return;
      }
      this.wanted = undefined;
      this.tellState(request.round, request.atMs, "done");
    });
  }

  private advance({ atMs, deeds, round, setting }: ShowRequest<Setting>): boolean {
    const key = JSON.stringify(setting);
    if (this.time === undefined || key !== this.builtOf) {
      this.builtOf = key;
      // The one before is let go first: two large ones may not fit.
      this.time = undefined;
      const onSettled = (settledCount: number): void => {
        tell({ kind: "building", round, settledCount });
      };
      this.time = new TownTime(() => this.hosted.build(setting, onSettled));
    }
    const endMs = performance.now() + SLICE_MS;
    let moments = 0;
    const isEnough = (): boolean => {
      moments += 1;
      return moments % MOMENTS_AT_ONCE === 0 && performance.now() > endMs;
    };
    const isThere = this.time.reach(atMs, deeds, isEnough);
    if (!isThere && performance.now() - this.glimpsedAtMs > GLIMPSE_MS) {
      this.glimpsedAtMs = performance.now();
      this.tellState(round, this.time.town.nowMs, "underWay");
    }
    return isThere;
  }

  private tellState(round: number, atMs: number, how: "done" | "underWay"): void {
    if (this.time === undefined) return;
    const { given, state } = this.hosted.look(this.time.town, atMs);
    tell({ kind: "state", round, isDone: how === "done", state }, given);
  }

  private guard(round: number, body: () => void): void {
    try {
      body();
    } catch (error) {
      // A town that broke is not gone on with.
      this.time = undefined;
      this.wanted = undefined;
      const text = error instanceof Error ? error.message : String(error);
      tell({ kind: "failure", round, text });
    }
  }
}

function tell<State>(answer: TownAnswer<State>, given: readonly ArrayBuffer[] = []): void {
  postMessage(answer, { transfer: [...given] });
}
