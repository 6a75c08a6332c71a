import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type DiscPoint, discPoints } from "../../../../../src/sim/playground/disc.ts";
import { Complaints } from "../complaints.tsx";
import { lineAt } from "../parting-line.ts";
import { Player } from "../player.tsx";
import { ScenarioChoice } from "../scenario-choice.tsx";
import { SettingForm } from "../setting-form.tsx";
import type { TownNews } from "../town-worker.ts";
import { usePlay } from "../use-play.ts";
import { InfectionCurve } from "./infection-curve.tsx";
import type { SpreadState } from "./spread.messages.ts";
import { SpreadMeddling, type SpreadTool } from "./spread-meddling.tsx";
import { SpreadPane } from "./spread-pane.tsx";
import type { SpreadPlay } from "./spread-play.ts";
import { scenarios } from "./spread-scenarios.ts";
import { type SpreadPlayed, spreadRules, spreadStage } from "./spread-stage.ts";
import { applies } from "./spread-words.ts";

/** So long nobody hears it, and nobody will who is not called by chance. */
const QUIET_TICKS = 12;
const QUIET_MIN_MS = 4_000;

interface SpreadPageProps {
  /** What else the address shall hold. */
  readonly beside: string;
  readonly isRunning: boolean;
  readonly onRun: (isRunning: boolean) => void;
  /** Begins what somebody chose, and runs it. */
  readonly onChosen: () => void;
  /** What was chosen elsewhere on the page. */
  readonly chosen: SpreadPlay | undefined;
}

export function SpreadPage({ beside, chosen, isRunning, onChosen, onRun }: SpreadPageProps) {
  const played: SpreadPlayed = usePlay(spreadStage, [beside]);
  const { act, change, complaints, deeds, doors, nodesCount, nowMs, play, tick } = played;
  const [tool, setTool] = useState<SpreadTool>("infect");
  const points = useMemo(() => discPoints(nodesCount), [nodesCount]);
  const end = useEnd(played, { isRunning, onRun });
  useEffect(() => {
    if (chosen !== undefined) change(chosen);
  }, [chosen]);
  const line = useMemo(() => lineAt(deeds, nowMs), [deeds, nowMs]);
  const [a, b] = play.protocols;
  const shared = {
    ...{ points, line, tick },
    pointer: tool === "part" ? ("line" as const) : ("node" as const),
    onNode: (node: number) => act({ do: tool === "kill" ? "kill" : "infect", node }),
    onLine: (from: DiscPoint, to: DiscPoint) => act({ do: "part", from, to }),
  };
  return (
    <>
      <Complaints complaints={complaints} />
      <ScenarioChoice
        scenarios={scenarios}
        name={play.scenario}
        question="One node, in the middle, has news; how soon do all?"
        onScenario={(scenario) => {
          change(scenario.play);
          onChosen();
        }}
      />
      <Player {...{ played, isRunning, onRun, end }} />
      <div class="stage">
        <SpreadPane
          {...shared}
          side="A"
          news={doors[0]}
          protocol={a}
          onProtocol={(next) => change({ ...play, scenario: undefined, protocols: [next, b] })}
        />
        <SpreadPane
          {...shared}
          side="B"
          news={doors[1]}
          protocol={b}
          onProtocol={(next) => change({ ...play, scenario: undefined, protocols: [a, next] })}
        />
        <InfectionCurve play={play} tick={tick} states={[doors[0].state, doors[1].state]} />
      </div>
      <SpreadMeddling {...{ tool, tick, nodesCount, onTool: setTool, onDeed: act }} />
      <SettingForm
        {...{ rules: spreadRules, play, onChange: change }}
        applies={(name) => applies(name, play.protocols)}
      />
    </>
  );
}

/** Ends a run when there is nothing more to see. @returns why. */
function useEnd(
  played: SpreadPlayed,
  { isRunning, onRun }: Pick<SpreadPageProps, "isRunning" | "onRun">,
): string | undefined {
  const { doors, nowMs, play, tick } = played;
  const quietMs = Math.max(QUIET_TICKS * tick.ms, QUIET_MIN_MS);
  const beganMs = useRef(0);
  useEffect(() => {
    if (isRunning) beganMs.current = nowMs;
  }, [isRunning]);
  const isAll = doors.every((news) => hasEverybody(news));
  const isQuiet = doors.every((news) => hasEverybody(news) || isSilent(news, quietMs, tick.ms));
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

function hasEverybody({ isThere, state }: TownNews<SpreadState>): boolean {
  return isThere && state !== undefined && state.count.heardCount >= state.count.livingCount;
}

function isSilent({ isThere, state }: TownNews<SpreadState>, quietMs: number, tickMs: number) {
  if (!isThere || state === undefined) return false;
  const { heardByTick } = state;
  const before = heardByTick.at(-1 - Math.ceil(quietMs / tickMs));
  return before !== undefined && before === heardByTick.at(-1);
}
