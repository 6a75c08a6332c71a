import { useEffect, useState } from "preact/hooks";
import type { Deed } from "../../../../src/sim/playground/play-town.ts";
import { addressOf, playAt } from "./address-text.ts";
import { type Play, settingOf, tickOf } from "./play.ts";
import { type TownDoor, useTown } from "./use-town.ts";

/** Two towns of the same seed, and one course for both. */
export interface Played {
  readonly play: Play;
  /** What the address of the page said that cannot be. */
  readonly complaints: readonly string[];
  readonly nowMs: number;
  /** The latest moment that was seen: so far one may travel forth again. */
  readonly seenMs: number;
  readonly doors: readonly [TownDoor, TownDoor];
  /** Another course, from the beginning. */
  readonly change: (play: Play) => void;
  readonly act: (deed: Deed) => void;
  readonly goTo: (atMs: number) => void;
  readonly stop: () => void;
}

/** `beside`: what else the address shall hold. */
export function usePlay(beside: string): Played {
  const [read, setRead] = useState(() => playAt(location.hash.slice(1)));
  const [nowMs, setNowMs] = useState(0);
  const [seenMs, setSeenMs] = useState(0);
  const doors = [useTown(), useTown()] as const;
  const { play } = read;
  const show = (next: Play, atMs: number): void => {
    setNowMs(atMs);
    setSeenMs((before) => Math.max(before, atMs));
    for (const [side, door] of doors.entries()) {
      door.show(settingOf(next, side === 0 ? 0 : 1), next.deeds, atMs);
    }
  };
  const begin = (next: ReturnType<typeof playAt>): void => {
    setRead(next);
    setSeenMs(0);
    show(next.play, 0);
  };
  useEffect(() => {
    begin(read);
    const onHash = (): void => begin(playAt(location.hash.slice(1)));
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  useEffect(() => {
    const parts = [addressOf(play), beside].filter((part) => part !== "");
    history.replaceState(null, "", `#${parts.join("&")}`);
  }, [play, beside]);
  /** What was done later than now is another future, and is forgotten. */
  const act = (deed: Deed): void => {
    const before = play.deeds.filter(({ atMs }) => atMs <= nowMs);
    const next = { ...play, deeds: [...before, { ...deed, atMs: nowMs }] };
    setRead({ play: next, complaints: [] });
    setSeenMs(nowMs);
    show(next, nowMs);
  };
  return {
    ...read,
    nowMs,
    seenMs,
    doors,
    change: (next) => begin({ play: next, complaints: [] }),
    act,
    goTo: (atMs) => show(play, atMs),
    stop: () => stopBoth(doors, (atMs) => show(play, markBefore(atMs, tickOf(play).ms))),
  };
}

/** Both are shown where the slower one was left. */
function stopBoth(doors: readonly TownDoor[], onStopped: (atMs: number) => void): void {
  let earliestMs = Number.POSITIVE_INFINITY;
  let waiting = doors.length;
  for (const door of doors) {
    door.stop((atMs) => {
      earliestMs = Math.min(earliestMs, atMs);
      waiting -= 1;
      if (waiting === 0) onStopped(earliestMs);
    });
  }
}

/** A moment at which one can stand: a quarter of a tick. */
function markBefore(atMs: number, tickMs: number): number {
  const markMs = tickMs / 4;
  return Math.floor(atMs / markMs) * markMs;
}
