import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type DiscPoint, discPoints } from "../../../../src/sim/playground/disc.ts";
import type { DatedDeed } from "../../../../src/sim/playground/play-town.ts";
import { InfectionCurve } from "./infection-curve.tsx";
import { Meddling } from "./meddling.tsx";
import { tickOf } from "./play.ts";
import { Player } from "./player.tsx";
import { ScenarioChoice } from "./scenario-choice.tsx";
import type { Scenario } from "./scenarios.ts";
import { SettingForm } from "./setting-form.tsx";
import type { Tool } from "./town-canvas.tsx";
import { TownPane } from "./town-pane.tsx";
import type { TownState } from "./town-worker.ts";
import type { Played } from "./use-play.ts";

/** So long nobody hears it, and nobody will who is not called by chance. */
const QUIET_TICKS = 12;
const QUIET_MIN_MS = 4_000;

interface PlayPageProps {
  readonly played: Played;
  readonly isRunning: boolean;
  readonly onRun: (isRunning: boolean) => void;
  readonly onScenario: (scenario: Scenario) => void;
}

export function PlayPage({ isRunning, onRun, onScenario, played }: PlayPageProps) {
  const { act, change, complaints, doors, nowMs, play } = played;
  const [tool, setTool] = useState<Tool>("infect");
  const { numbers, protocols } = play;
  const tick = tickOf(play);
  const points = useMemo(() => discPoints(numbers.nodesCount), [numbers.nodesCount]);
  const end = useEnd({ played, isRunning, onRun });
  const shared = { points, tool, line: lineAt(play.deeds, nowMs), tick, onDeed: act };
  const [a, b] = protocols;
  return (
    <>
      {complaints.length === 0 ? null : (
        <div class="note bad" role="alert">
          <p>This address says what cannot be; the rest of it is played.</p>
          <ul>
            {complaints.map((complaint) => (
              <li key={complaint}>{complaint}</li>
            ))}
          </ul>
        </div>
      )}
      <ScenarioChoice play={play} onScenario={onScenario} />
      <Player played={played} tick={tick} isRunning={isRunning} onRun={onRun} end={end} />
      <div class="stage">
        <TownPane
          {...shared}
          side="A"
          door={doors[0]}
          protocol={a}
          onProtocol={(next) => change({ ...play, scenario: undefined, protocols: [next, b] })}
        />
        <TownPane
          {...shared}
          side="B"
          door={doors[1]}
          protocol={b}
          onProtocol={(next) => change({ ...play, scenario: undefined, protocols: [a, next] })}
        />
        <InfectionCurve play={play} tick={tick} states={[doors[0].state, doors[1].state]} />
      </div>
      <Meddling {...{ tool, tick, nodesCount: numbers.nodesCount, onTool: setTool, onDeed: act }} />
      <SettingForm play={play} onChange={change} />
    </>
  );
}

/** Ends a run when there is nothing more to see. @returns why. */
function useEnd({
  isRunning,
  onRun,
  played,
}: Omit<PlayPageProps, "onScenario">): string | undefined {
  const { doors, nowMs, play } = played;
  const tick = tickOf(play);
  const quietMs = Math.max(QUIET_TICKS * tick.ms, QUIET_MIN_MS);
  const beganMs = useRef(0);
  useEffect(() => {
    if (isRunning) beganMs.current = nowMs;
  }, [isRunning]);
  const states = doors.map(({ state }) => state);
  const isAll = states.every((state) => hasEverybody(state));
  const isQuiet = states.every((state) => hasEverybody(state) || isSilent(state, quietMs, tick.ms));
  const isPlanned = play.deeds.some(({ atMs }) => atMs > nowMs);
  // What failed would fail again, and again.
  const hasFailed = doors.some(({ failure }) => failure !== undefined);
  const isOver =
    hasFailed || (!isPlanned && (isAll || (isQuiet && nowMs - beganMs.current >= quietMs)));
  useEffect(() => {
    if (isOver) onRun(false);
  }, [isOver]);
  if (isAll) return "everybody has heard";
  return isQuiet && !isPlanned ? `nobody has heard it for ${QUIET_TICKS} ${tick.word}s` : undefined;
}

function hasEverybody(state: TownState | undefined): boolean {
  return state?.isDone === true && state.count.heardCount >= state.count.livingCount;
}

function isSilent(state: TownState | undefined, quietMs: number, tickMs: number): boolean {
  if (state?.isDone !== true) return false;
  const { heardByTick } = state;
  const before = heardByTick.at(-1 - Math.ceil(quietMs / tickMs));
  return before !== undefined && before === heardByTick.at(-1);
}

/** The line that parts the towns now. */
function lineAt(
  deeds: readonly DatedDeed[],
  nowMs: number,
): readonly [DiscPoint, DiscPoint] | undefined {
  const last = deeds.findLast(({ atMs, do: what }) => {
    return atMs <= nowMs && (what === "part" || what === "heal");
  });
  return last?.do === "part" ? [last.from, last.to] : undefined;
}
