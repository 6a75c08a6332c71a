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

/** Plays a journey when it is first seen, then goes where it is told. Names tell journeys apart. */
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
  useFrames(isPlaying ? name : undefined, (passedMs) => {
    setAt((before) => {
      if (before === "end") return before;
      const next = before + passedMs / slownessOf(lengthMs);
      return next >= lengthMs ? "end" : next;
    });
  });
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

/** Tells at each frame how much time has passed since the last one, while there is a `name`. */
function useFrames(name: string | undefined, onPassed: (passedMs: number) => void): void {
  const listener = useRef(onPassed);
  listener.current = onPassed;
  useEffect(() => {
    if (name === undefined) return;
    let last: number | undefined;
    let frame = 0;
    const onFrame = (now: number): void => {
      listener.current(last === undefined ? 0 : now - last);
      last = now;
      frame = requestAnimationFrame(onFrame);
    };
    frame = requestAnimationFrame(onFrame);
    return () => cancelAnimationFrame(frame);
  }, [name]);
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
