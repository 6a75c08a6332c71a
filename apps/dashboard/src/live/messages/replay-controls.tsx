import { duration, figures } from "../../shared/format.ts";
import type { Replay } from "./use-replay.ts";

interface ReplayControlsProps {
  readonly replay: Replay;
  readonly copies: "shown" | "hidden";
  readonly onCopies: (copies: "shown" | "hidden") => void;
}

function speedWords(slowness: number): string {
  if (slowness < 0.95) return `${figures(1 / slowness)} times faster than it was`;
  return slowness < 1.05 ? "as fast as it was" : `${figures(slowness)} times slower than it was`;
}

/** Play and pause, step by step, or anywhere by the slider, over the times as they were. */
export function ReplayControls({ copies, onCopies, replay }: ReplayControlsProps) {
  const { atMs, lengthMs, mayPlay, slowness, standing } = replay;
  return (
    <div class="replay" data-replay={standing}>
      <div class="row">
        {mayPlay ? (
          <button
            type="button"
            class="primary"
            onClick={() => (standing === "playing" ? replay.pause() : replay.play())}
          >
            {standing === "playing" ? "Pause" : standing === "end" ? "Play again" : "Play"}
          </button>
        ) : null}
        <button type="button" aria-label="Step back" onClick={() => replay.step("back")}>
          ‹ Step
        </button>
        <button type="button" aria-label="Step on" onClick={() => replay.step("on")}>
          Step ›
        </button>
        <label class="grow">
          <span class="hidden-text">Time since it was published</span>
          <input
            type="range"
            class="grow"
            min={0}
            max={lengthMs}
            step="any"
            value={atMs}
            aria-valuetext={`${duration(atMs)} of ${duration(lengthMs)}`}
            onInput={(event) => replay.seek(event.currentTarget.valueAsNumber)}
          />
        </label>
        <span class="mono replay-time">
          {duration(Number(atMs.toPrecision(3)))} of {duration(lengthMs)}
        </span>
        <label>
          <input
            type="checkbox"
            checked={copies === "shown"}
            onChange={(event) => onCopies(event.currentTarget.checked ? "shown" : "hidden")}
          />
          Copies
        </label>
      </div>
      <p class="muted small">
        {mayPlay
          ? `Played ${speedWords(slowness)}.`
          : "Your system asks for no motion: this is the end; the steps lead through it."}
      </p>
    </div>
  );
}
