import { useEffect, useRef, useState } from "preact/hooks";
import type { JourneyPicture } from "./journey.ts";
import { lengthOf, momentsOf, slownessOf } from "./replay.ts";

export interface Replay {
  /** Real milliseconds since the publishing. */
  readonly atMs: number;
  readonly lengthMs: number;
  readonly slowness: number;
  readonly standing: "playing" | "paused" | "end";
  /** False where the user wants no motion: then the end is shown, and steps lead through. */
  readonly mayPlay: boolean;
  play(): void;
  pause(): void;
  seek(atMs: number): void;
  /** To the next arrival, or the one before. */
  step(direction: "on" | "back"): void;
}

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** Plays a journey when it is first seen, then goes where it is told. `name` tells journeys apart. */
export function useReplay(
  name: string,
  journey: JourneyPicture,
  copies: "shown" | "hidden",
): Replay {
  const mayPlay = !useStillness();
  const lengthMs = lengthOf(journey, copies);
  const [at, setAt] = useState<number | "end">(mayPlay ? 0 : "end");
  const [isPlaying, setPlaying] = useState(mayPlay);
  const seen = useRef(name);
  if (seen.current !== name) {
    seen.current = name;
    setAt(mayPlay ? 0 : "end");
    setPlaying(mayPlay);
  }
  const latest = useRef(lengthMs);
  latest.current = lengthMs;
  useEffect(() => {
    if (!isPlaying) return;
    let last: number | undefined;
    let frame = 0;
    const onFrame = (now: number): void => {
      const passedMs = last === undefined ? 0 : now - last;
      last = now;
      setAt((before) => {
        if (before === "end") return before;
        const next = before + passedMs / slownessOf(latest.current);
        return next >= latest.current ? "end" : next;
      });
      frame = requestAnimationFrame(onFrame);
    };
    frame = requestAnimationFrame(onFrame);
    return () => cancelAnimationFrame(frame);
  }, [isPlaying, name]);
  const isAtEnd = at === "end";
  useEffect(() => {
    if (isAtEnd) setPlaying(false);
  }, [isAtEnd]);
  const atMs = at === "end" ? lengthMs : Math.min(at, lengthMs);
  const goTo = (wantedMs: number): void => {
    setPlaying(false);
    setAt(wantedMs >= lengthMs ? "end" : Math.max(0, wantedMs));
  };
  return {
    atMs,
    lengthMs,
    slowness: slownessOf(lengthMs),
    standing: isAtEnd ? "end" : isPlaying ? "playing" : "paused",
    mayPlay,
    play: () => {
      if (isAtEnd) setAt(0);
      setPlaying(true);
    },
    pause: () => setPlaying(false),
    seek: goTo,
    step: (direction) => {
      const moments = momentsOf(journey, copies);
      const next =
        direction === "on"
          ? moments.find((moment) => moment > atMs)
          : moments.findLast((moment) => moment < atMs);
      goTo(next ?? (direction === "on" ? lengthMs : 0));
    },
  };
}

function useStillness(): boolean {
  const [isStill, setStill] = useState(stillness.matches);
  useEffect(() => {
    const refresh = (): void => setStill(stillness.matches);
    stillness.addEventListener("change", refresh);
    return () => stillness.removeEventListener("change", refresh);
  }, []);
  return isStill;
}
