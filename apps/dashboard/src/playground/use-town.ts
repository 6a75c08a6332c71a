import { useEffect, useRef, useState } from "preact/hooks";
import type { TownMoment } from "./town.messages.ts";
import { noNews, type TownNews, TownWorker } from "./town-worker.ts";

export interface TownDoor<Setting, State extends TownMoment> extends TownNews<State> {
  readonly show: TownWorker<Setting, State>["show"];
  readonly stop: TownWorker<Setting, State>["stop"];
}

export function useTown<Setting, State extends TownMoment>(
  start: () => Worker,
): TownDoor<Setting, State> {
  const [news, setNews] = useState<TownNews<State>>(noNews);
  const kept = useRef<TownWorker<Setting, State> | undefined>(undefined);
  kept.current ??= new TownWorker<Setting, State>(start, (changed) => {
    setNews((before) => ({ ...before, ...changed }));
  });
  const town = kept.current;
  useEffect(() => () => town.leave(), []);
  return {
    ...news,
    show: (setting, deeds, atMs) => town.show(setting, deeds, atMs),
    stop: (onStopped) => town.stop(onStopped),
  };
}
