import { useEffect, useRef, useState } from "preact/hooks";
import { noNews, type TownNews, TownWorker } from "./town-worker.ts";

export interface TownDoor extends TownNews {
  readonly show: TownWorker["show"];
  readonly stop: TownWorker["stop"];
}

export function useTown(): TownDoor {
  const [news, setNews] = useState<TownNews>(noNews);
  const kept = useRef<TownWorker | undefined>(undefined);
  kept.current ??= new TownWorker((changed) => setNews((before) => ({ ...before, ...changed })));
  const town = kept.current;
  useEffect(() => () => town.leave(), []);
  return {
    ...news,
    show: (setting, deeds, atMs) => town.show(setting, deeds, atMs),
    stop: (onStopped) => town.stop(onStopped),
  };
}
