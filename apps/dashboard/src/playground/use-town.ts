import { useEffect, useRef, useState } from "preact/hooks";
import type { DatedDeed } from "../../../../src/sim/playground/play-town.ts";
import type { SpreadSetting } from "../../../../src/sim/playground/spread-town.ts";
import type { PlayAnswer, PlayRequest } from "./play.messages.ts";

export type TownState = Extract<PlayAnswer, { readonly kind: "state" }>;

export interface TownDoor {
  readonly state: TownState | undefined;
  readonly failure: string | undefined;
  /** How many nodes there are already, while it is built. */
  readonly settledCount: number | undefined;
  /** Something was asked that is not answered yet. */
  readonly isBusy: boolean;
  show(setting: SpreadSetting, deeds: readonly DatedDeed[], atMs: number): void;
  /** Leaves it where it is; @returns that moment as soon as it is known. */
  stop(onStopped: (atMs: number) => void): void;
}

/** A town in a worker of its own. What is answered to a former question is not heard. */
export function useTown(): TownDoor {
  const worker = useRef<Worker | undefined>(undefined);
  const round = useRef(0);
  const building = useRef<string | undefined>(undefined);
  const stopped = useRef<((atMs: number) => void) | undefined>(undefined);
  const [state, setState] = useState<TownState | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [settledCount, setSettledCount] = useState<number | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const leave = (): void => {
    worker.current?.terminate();
    worker.current = undefined;
    building.current = undefined;
  };
  useEffect(() => leave, []);
  const settle = (): void => {
    building.current = undefined;
    setSettledCount(undefined);
    setBusy(false);
  };
  const hear = (answer: PlayAnswer): void => {
    if (answer.round !== round.current) return;
    if (answer.kind === "building") return setSettledCount(answer.settledCount);
    building.current = undefined;
    setSettledCount(undefined);
    setFailure(answer.kind === "failure" ? answer.text : undefined);
    if (answer.kind === "state") setState(answer);
    if (answer.kind === "state" && !answer.isDone) return;
    settle();
    if (answer.kind === "state") stopped.current?.(answer.count.nowMs);
    stopped.current = undefined;
  };
  const ask = (request: PlayRequest): void => {
    worker.current ??= playWorker(
      (event) => hear(event),
      (text) => {
        leave();
        settle();
        setFailure(text);
      },
    );
    worker.current.postMessage(request);
  };
  return {
    state,
    failure,
    settledCount,
    isBusy,
    show: (setting, deeds, atMs) => {
      const key = JSON.stringify(setting);
      // A large town that is still being built hears nothing until it is there.
      if (building.current !== undefined && building.current !== key) leave();
      building.current = key;
      stopped.current = undefined;
      round.current += 1;
      setBusy(true);
      ask({ kind: "show", round: round.current, setting, deeds, atMs });
    },
    stop: (onStopped) => {
      round.current += 1;
      if (settledCount !== undefined) {
        leave();
        settle();
        setState(undefined);
        return onStopped(0);
      }
      stopped.current = onStopped;
      ask({ kind: "stop", round: round.current });
    },
  };
}

/** `onEnd` is told why, when it cannot go on: it is gone then. */
function playWorker(hear: (answer: PlayAnswer) => void, onEnd: (why: string) => void): Worker {
  const worker = new Worker(new URL("./play.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = (event: MessageEvent<PlayAnswer>) => hear(event.data);
  worker.onerror = (event) => {
    onEnd(`The simulation ended: ${event.message}. A smaller town needs less memory.`);
  };
  return worker;
}
