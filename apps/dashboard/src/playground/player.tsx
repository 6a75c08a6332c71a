import { useEffect, useState } from "preact/hooks";

interface PlayerProps {
  readonly nowMs: number;
  readonly roundIntervalMs: number;
  readonly isBusy: boolean;
  /** Everybody has heard. */
  readonly isOver: boolean;
  readonly onAdvance: (toMs: number) => void;
  readonly onTravel: (toMs: number) => void;
  readonly onReset: () => void;
}

/** Steps of a round that are shown while it runs. */
const STEPS_A_ROUND = 4;
const speeds = { slow: 400, normal: 120, fast: 0 } as const;

export function Player(props: PlayerProps) {
  const { isBusy, isOver, nowMs, onAdvance, onReset, onTravel, roundIntervalMs } = props;
  const [isRunning, setRunning] = useState(false);
  const [speed, setSpeed] = useState<keyof typeof speeds>("normal");
  /** The latest time that was seen: so far one may travel forth again. */
  const [seenMs, setSeenMs] = useState(0);
  const stepMs = roundIntervalMs / STEPS_A_ROUND;
  useEffect(() => setSeenMs((before) => Math.max(before, nowMs)), [nowMs]);
  useEffect(() => {
    if (isOver) setRunning(false);
  }, [isOver]);
  useEffect(() => {
    if (!isRunning || isBusy) return;
    const timer = setTimeout(() => onAdvance(nowMs + stepMs), speeds[speed]);
    return () => clearTimeout(timer);
  }, [isRunning, isBusy, nowMs, speed]);
  const round = nowMs / roundIntervalMs;
  const previous = Math.max(0, Math.ceil(round - 1) * roundIntervalMs);
  const next = Math.floor(round + 1) * roundIntervalMs;
  return (
    <section class="panel row" aria-label="Time">
      <button type="button" class="primary" onClick={() => setRunning(!isRunning)}>
        {isRunning ? "Pause" : "Run"}
      </button>
      <button type="button" disabled={isBusy || isRunning} onClick={() => onAdvance(next)}>
        One round
      </button>
      <button type="button" disabled={isRunning || nowMs === 0} onClick={() => onTravel(previous)}>
        Back a round
      </button>
      <button
        type="button"
        onClick={() => {
          setRunning(false);
          setSeenMs(0);
          onReset();
        }}
      >
        From the beginning
      </button>
      <Travel
        round={round}
        lastRound={Math.max(1, Math.ceil(seenMs / roundIntervalMs))}
        onTravel={(to) => {
          setRunning(false);
          onTravel(to * roundIntervalMs);
        }}
      />
      <SpeedChoice speed={speed} onSpeed={setSpeed} />
      <span class="small muted" role="status">
        {isBusy ? "computing …" : isOver ? "everybody has heard" : ""}
      </span>
    </section>
  );
}

interface SpeedProps {
  readonly speed: keyof typeof speeds;
  readonly onSpeed: (speed: keyof typeof speeds) => void;
}

function SpeedChoice({ onSpeed, speed }: SpeedProps) {
  return (
    <label>
      <span class="small muted">Speed</span>
      <select
        value={speed}
        onChange={(event) => onSpeed(event.currentTarget.value as keyof typeof speeds)}
      >
        {Object.keys(speeds).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

interface TravelProps {
  readonly round: number;
  readonly lastRound: number;
  readonly onTravel: (round: number) => void;
}

function Travel({ lastRound, onTravel, round }: TravelProps) {
  return (
    <label class="grow travel">
      <span class="small">Round {round.toFixed(2).replace(/\.00$/, "")}</span>
      <input
        type="range"
        aria-label="Travel in time, to a round that was seen"
        min={0}
        max={lastRound}
        step={1}
        value={Math.round(round)}
        onChange={(event) => onTravel(Number(event.currentTarget.value))}
      />
    </label>
  );
}
