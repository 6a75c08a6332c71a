import { useEffect, useRef, useState } from "preact/hooks";
import type { Deed, SpreadSetting } from "../../../../src/sim/playground/spread-town.ts";
import type { PlayAnswer, PlayRequest } from "./play.messages.ts";

export type TownState = Extract<PlayAnswer, { readonly kind: "state" }>;

export interface TownDoor {
  readonly state: TownState | undefined;
  readonly failure: string | undefined;
  /** Something was asked that is not answered yet. */
  readonly isBusy: boolean;
  build(request: Omit<Extract<PlayRequest, { kind: "build" }>, "kind" | "round">): void;
  advance(toMs: number): void;
  act(deed: Deed): void;
}

/** A town in a worker of its own. What is answered to a former town is not heard. */
export function useTown(): TownDoor {
  const worker = useRef<Worker | undefined>(undefined);
  const round = useRef(0);
  const waiting = useRef(0);
  const [state, setState] = useState<TownState | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => () => worker.current?.terminate(), []);
  const ask = (request: PlayRequest): void => {
    waiting.current += 1;
    setBusy(true);
    worker.current?.postMessage(request);
  };
  const begin = (): void => {
    // A large town that is still being made is not waited for.
    if (waiting.current > 0 || worker.current === undefined) {
      worker.current?.terminate();
      worker.current = makePlayWorker();
      worker.current.onmessage = (event: MessageEvent<PlayAnswer>) => hear(event.data);
      waiting.current = 0;
    }
    round.current += 1;
  };
  const hear = (answer: PlayAnswer): void => {
    waiting.current -= 1;
    setBusy(waiting.current > 0);
    if (answer.round !== round.current) return;
    if (answer.kind === "state") setState(answer);
    setFailure(answer.kind === "failure" ? answer.text : undefined);
  };
  return {
    state,
    failure,
    isBusy,
    build: (request) => {
      begin();
      ask({ kind: "build", round: round.current, ...request });
    },
    advance: (toMs) => ask({ kind: "advance", round: round.current, toMs }),
    act: (deed) => ask({ kind: "act", round: round.current, deed }),
  };
}

export function makePlayWorker(): Worker {
  return new Worker(new URL("./play.worker.ts", import.meta.url), { type: "module" });
}

export function settingOf(
  play: Pick<SpreadSetting, "seed" | "numbers">,
  protocol: SpreadSetting["protocol"],
): SpreadSetting {
  return { seed: play.seed, numbers: play.numbers, protocol };
}
