import { useEffect, useState } from "preact/hooks";
import type { DatedDeed, Deed } from "../../../../src/sim/playground/play-town.ts";
import { addressOf, playAt } from "./address-text.ts";
import { type AnyNumbers, kindAt, type PlayOf, type Rules, type Tick } from "./play.ts";
import type { TownMoment } from "./town.messages.ts";
import type { TownNews } from "./town-worker.ts";
import { type TownDoor, useTown } from "./use-town.ts";

/** How towns of a kind are played. */
export interface Stage<Protocol extends string, Numbers extends AnyNumbers, Setting> {
  readonly rules: Rules<Protocol, Numbers>;
  readonly startWorker: () => Worker;
  readonly tickOf: (play: PlayOf<Protocol, Numbers>) => Tick;
  /** The town of one of the two. */
  readonly settingOf: (play: PlayOf<Protocol, Numbers>, side: 0 | 1) => Setting;
}

/** Two towns of the same seed, and one course for both, as far as their kind does not matter. */
export interface Playing {
  readonly tick: Tick;
  readonly nodesCount: number;
  readonly deeds: readonly DatedDeed[];
  readonly nowMs: number;
  /** The latest moment that was seen: so far one may travel forth again. */
  readonly seenMs: number;
  readonly doors: readonly [TownNews<TownMoment>, TownNews<TownMoment>];
  readonly act: (deed: Deed) => void;
  readonly goTo: (atMs: number) => void;
  readonly stop: () => void;
  readonly beginAgain: () => void;
}

export interface Played<Play, Setting, State extends TownMoment> extends Playing {
  readonly play: Play;
  /** What the address of the page said that cannot be. */
  readonly complaints: readonly string[];
  readonly doors: readonly [TownDoor<Setting, State>, TownDoor<Setting, State>];
  /** Another course, from the beginning. */
  readonly change: (play: Play) => void;
}

/** `beside`: what else the address shall hold. */
export function usePlay<
  Protocol extends string,
  Numbers extends AnyNumbers,
  Setting,
  State extends TownMoment,
>(
  stage: Stage<Protocol, Numbers, Setting>,
  beside: readonly string[],
): Played<PlayOf<Protocol, Numbers>, Setting, State> {
  type Play = PlayOf<Protocol, Numbers>;
  const { rules, settingOf, startWorker, tickOf } = stage;
  const readAddress = () => playAt(rules, location.hash.slice(1));
  const [read, setRead] = useState(readAddress);
  const [nowMs, setNowMs] = useState(0);
  const [seenMs, setSeenMs] = useState(0);
  const doors = [
    useTown<Setting, State>(startWorker),
    useTown<Setting, State>(startWorker),
  ] as const;
  const { play } = read;
  const show = (next: Play, atMs: number): void => {
    setNowMs(atMs);
    setSeenMs((before) => Math.max(before, atMs));
    for (const [side, door] of doors.entries()) {
      door.show(settingOf(next, side === 0 ? 0 : 1), next.deeds, atMs);
    }
  };
  const begin = (next: typeof read): void => {
    setRead(next);
    setSeenMs(0);
    show(next.play, 0);
  };
  useEffect(() => {
    begin(read);
    return onAddress(() => {
      if (kindAt(location.hash.slice(1)) === rules.kind) begin(readAddress());
    });
  }, []);
  useAddress(play, [addressOf(rules, play), ...beside]);
  const act = (deed: Deed): void => {
    const next = { ...play, deeds: doneNow(play.deeds, deed, nowMs) };
    setRead({ play: next, complaints: [] });
    setSeenMs(nowMs);
    show(next, nowMs);
  };
  return {
    ...read,
    tick: tickOf(play),
    nodesCount: play.numbers["nodesCount"] ?? 0,
    deeds: play.deeds,
    nowMs,
    seenMs,
    doors,
    change: (next) => begin({ play: next, complaints: [] }),
    act,
    goTo: (atMs) => show(play, atMs),
    stop: () => stopBoth(doors, (atMs) => show(play, markBefore(atMs, tickOf(play).ms))),
    beginAgain: () => begin({ play, complaints: [] }),
  };
}

/** What was done later than now is another future, and is forgotten. */
function doneNow(deeds: readonly DatedDeed[], deed: Deed, nowMs: number): readonly DatedDeed[] {
  return [...deeds.filter(({ atMs }) => atMs <= nowMs), { ...deed, atMs: nowMs }];
}

/** Keeps the address of the page at what is played, whatever somebody wrote there. */
function useAddress(play: object, parts: readonly string[]): void {
  const address = parts.filter((part) => part !== "").join("&");
  useEffect(() => history.replaceState(null, "", `#${address}`), [address, play]);
}

/** @returns what ends it. */
function onAddress(onHash: () => void): () => void {
  addEventListener("hashchange", onHash);
  return () => removeEventListener("hashchange", onHash);
}

/** Both are shown where the slower one was left. */
function stopBoth(
  doors: readonly Pick<TownDoor<unknown, TownMoment>, "stop">[],
  onStopped: (atMs: number) => void,
): void {
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
