import { useEffect, useMemo, useState } from "preact/hooks";
import { type DiscPoint, discPoints } from "../../../../../src/sim/playground/disc.ts";
import type { DatedDeed } from "../../../../../src/sim/playground/play-town.ts";
import { Complaints } from "../complaints.tsx";
import { lineAt } from "../parting-line.ts";
import { Player } from "../player.tsx";
import { ScenarioChoice } from "../scenario-choice.tsx";
import { SettingForm } from "../setting-form.tsx";
import type { TownNews } from "../town-worker.ts";
import { usePlay } from "../use-play.ts";
import { DetectionCurve } from "./detection-curve.tsx";
import { DetectionTimes } from "./detection-times.tsx";
import { type Look, lookAddress, lookAt, watchedBy } from "./look.ts";
import type { WatchState } from "./watch.messages.ts";
import { WatchMeddling, type WatchTool } from "./watch-meddling.tsx";
import { WatchPane } from "./watch-pane.tsx";
import { watchScenarios } from "./watch-play.ts";
import { type WatchPlayed, watchRules, watchStage } from "./watch-stage.ts";
import { watchApplies } from "./watch-words.ts";

interface WatchPageProps {
  /** What else the address shall hold. */
  readonly beside: string;
  readonly isRunning: boolean;
  readonly onRun: (isRunning: boolean) => void;
  /** Begins what somebody chose, and runs it. */
  readonly onChosen: () => void;
}

export function WatchPage({ beside, isRunning, onChosen, onRun }: WatchPageProps) {
  const [look, setLook] = useLook();
  const played: WatchPlayed = usePlay(watchStage, [lookAddress(look), beside]);
  const { act, change, complaints, deeds, doors, nodesCount, nowMs, play } = played;
  const [tool, setTool] = useState<WatchTool>("kill");
  const points = useMemo(() => discPoints(nodesCount), [nodesCount]);
  const line = useMemo(() => lineAt(deeds, nowMs), [deeds, nowMs]);
  const watched = watchedBy(look, deeds, nowMs, nodesCount);
  const end = useEnd(played, { isRunning, onRun });
  const [a, b] = play.protocols;
  const shared = {
    ...{ points, line, watched },
    pointer: tool === "part" ? ("line" as const) : ("node" as const),
    onNode: (node: number) => (tool === "kill" ? act({ do: "kill", node }) : setLook(node)),
    onLine: (from: DiscPoint, to: DiscPoint) => act({ do: "part", from, to }),
  };
  const states = [doors[0].state, doors[1].state] as const;
  return (
    <>
      <Complaints complaints={complaints} />
      <ScenarioChoice
        scenarios={watchScenarios}
        name={play.scenario}
        question="Every node watches all others; who finds the dead, how soon, and who errs?"
        onScenario={(scenario) => {
          setLook("latest");
          change(scenario.play);
          onChosen();
        }}
      />
      <Player {...{ played, isRunning, onRun, end }} />
      <div class="stage">
        <WatchPane
          {...shared}
          side="A"
          news={doors[0]}
          protocol={a}
          onProtocol={(next) => change({ ...play, scenario: undefined, protocols: [next, b] })}
        />
        <WatchPane
          {...shared}
          side="B"
          news={doors[1]}
          protocol={b}
          onProtocol={(next) => change({ ...play, scenario: undefined, protocols: [a, next] })}
        />
        <DetectionCurve play={play} states={states} />
      </div>
      <WatchMeddling
        {...{ tool, nodesCount, watched, onTool: setTool, onDeed: act }}
        onWatch={(node) => setLook(node ?? "all")}
      />
      <DetectionTimes states={states} watched={watched} />
      <SettingForm
        {...{ rules: watchRules, play, onChange: change }}
        applies={(name) => watchApplies(name, play.protocols)}
      />
    </>
  );
}

function useLook(): readonly [Look, (look: Look) => void] {
  const [look, setLook] = useState<Look>(() => lookAt(location.hash.slice(1)));
  useEffect(() => {
    const onHash = (): void => setLook(lookAt(location.hash.slice(1)));
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  return [look, setLook];
}

/** Longer than any detector takes, as shipped. */
const RUN_MAX_MS = 120_000;

/** Ends a run when all know of all the dead, or it has been long enough. @returns why. */
function useEnd(
  played: WatchPlayed,
  { isRunning, onRun }: Pick<WatchPageProps, "isRunning" | "onRun">,
): string | undefined {
  const { deeds, doors, nowMs } = played;
  const [beganMs, setBeganMs] = useState(0);
  useEffect(() => {
    if (isRunning) setBeganMs(nowMs);
  }, [isRunning]);
  const isPlanned = deeds.some(({ atMs }) => atMs > nowMs);
  const isKnown = hasDeaths(deeds, nowMs) && doors.every(isAllKnown);
  const isLong = nowMs - beganMs >= RUN_MAX_MS;
  const hasFailed = doors.some(({ failure }) => failure !== undefined);
  const isOver = hasFailed || (!isPlanned && (isKnown || isLong));
  useEffect(() => {
    if (isOver) onRun(false);
  }, [isOver]);
  if (isKnown && !isPlanned) return "everybody knows who is dead";
  return isLong && !isPlanned ? "two minutes are over" : undefined;
}

function hasDeaths(deeds: readonly DatedDeed[], nowMs: number): boolean {
  return deeds.some(({ atMs, do: what }) => atMs <= nowMs && what.startsWith("kill"));
}

/** And nobody alive is suspected or held for dead any more. */
function isAllKnown({ isThere, state }: TownNews<WatchState>): boolean {
  if (!isThere || state === undefined) return false;
  const { buriedCount, knownCount, suspectedCount, tellableCount } = state.count;
  return tellableCount > 0 && knownCount === tellableCount && suspectedCount + buriedCount === 0;
}
