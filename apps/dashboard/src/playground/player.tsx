import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { whole } from "../shared/format.ts";
import type { Tick } from "./play.ts";
import type { Playing } from "./use-play.ts";

interface PlayerProps {
  readonly played: Playing;
  readonly isRunning: boolean;
  readonly onRun: (isRunning: boolean) => void;
  /** Why there is nothing more to come, if there is not. */
  readonly end: string | undefined;
}

/** Steps of a tick that are shown while it runs. */
const STEPS_A_TICK = 4;
const speeds = { slow: 400, normal: 120, fast: 0 } as const;
type Speed = keyof typeof speeds;

export function Player({ end, isRunning, onRun, played }: PlayerProps) {
  const { beginAgain, doors, goTo, nowMs, seenMs, stop, tick } = played;
  const [speed, setSpeed] = useState<Speed>("normal");
  const isBusy = doors.some((door) => door.isBusy);
  useEffect(() => {
    if (!isRunning || isBusy) return;
    const timer = setTimeout(() => goTo(nowMs + tick.ms / STEPS_A_TICK), speeds[speed]);
    return () => clearTimeout(timer);
  }, [isRunning, isBusy, nowMs, speed]);
  const at = nowMs / tick.ms;
  const jump = (toTick: number): void => {
    onRun(false);
    goTo(toTick * tick.ms);
  };
  return (
    <section class="panel row player" aria-label="Time">
      <button type="button" class="primary run" onClick={() => onRun(!isRunning)}>
        {isRunning ? "Pause" : "Run"}
      </button>
      <StepButton isOff={at === 0} onStep={() => jump(Math.ceil(at - 1))}>
        Back a {tick.word}
      </StepButton>
      <StepButton isOff={isBusy} onStep={() => jump(Math.floor(at + 1))}>
        One {tick.word}
      </StepButton>
      <Travel at={at} last={Math.max(1, Math.ceil(seenMs / tick.ms))} tick={tick} onTravel={jump} />
      <button
        type="button"
        onClick={() => {
          onRun(false);
          beginAgain();
        }}
      >
        From the beginning
      </button>
      <SpeedChoice speed={speed} onSpeed={setSpeed} />
      <span class="small muted doing" role="status">
        {busyText(played) ?? end ?? ""}
      </span>
      {isBusy ? (
        <button
          type="button"
          class="stop"
          onClick={() => {
            onRun(false);
            stop();
          }}
        >
          Stop
        </button>
      ) : null}
    </section>
  );
}

interface StepButtonProps {
  readonly isOff: boolean;
  readonly onStep: () => void;
  readonly children: ComponentChildren;
}

/** It keeps the focus while it does nothing: whoever steps by keyboard presses it again. */
function StepButton({ children, isOff, onStep }: StepButtonProps) {
  return (
    <button type="button" aria-disabled={isOff} onClick={() => (isOff ? undefined : onStep())}>
      {children}
    </button>
  );
}

/** What takes its time, of towns in which it does. */
function busyText({ doors, nodesCount, nowMs, tick }: Playing): string | undefined {
  const building = doors.flatMap(({ settledCount }) => settledCount ?? []);
  if (building.length > 0) {
    const least = Math.min(...building);
    return `building: ${whole(least)} of ${whole(nodesCount)} nodes …`;
  }
  const late = doors.filter((door) => door.isBusy && door.state !== undefined && !door.isThere);
  if (late.length === 0) return undefined;
  const at = Math.min(...late.map(({ state }) => state?.count.nowMs ?? 0));
  const [done, wanted] = [at, nowMs].map((ms) => (ms / tick.ms).toFixed(1));
  return `computing ${tick.word} ${done} of ${wanted} …`;
}

interface SpeedProps {
  readonly speed: Speed;
  readonly onSpeed: (speed: Speed) => void;
}

function SpeedChoice({ onSpeed, speed }: SpeedProps) {
  return (
    <label>
      <span class="hidden-text">Speed</span>
      <select value={speed} onChange={(event) => onSpeed(event.currentTarget.value as Speed)}>
        {Object.keys(speeds).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

interface TravelProps {
  readonly at: number;
  readonly last: number;
  readonly tick: Tick;
  readonly onTravel: (tick: number) => void;
}

function Travel({ at, last, onTravel, tick }: TravelProps) {
  const name = `${tick.word.slice(0, 1).toUpperCase()}${tick.word.slice(1)}`;
  return (
    <label class="grow travel">
      <span class="small travel-at">
        {name} {at.toFixed(2).replace(/\.00$/, "")}
      </span>
      <input
        type="range"
        aria-label={`Travel in time, to a ${tick.word} that was seen`}
        min={0}
        max={last}
        step={1}
        value={Math.round(at)}
        onChange={(event) => onTravel(Number(event.currentTarget.value))}
      />
    </label>
  );
}
