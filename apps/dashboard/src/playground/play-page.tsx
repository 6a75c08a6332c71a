import { useEffect, useMemo, useState } from "preact/hooks";
import { type DiscPoint, discPoints } from "../../../../src/sim/playground/disc.ts";
import type { DatedDeed, Deed } from "../../../../src/sim/playground/spread-town.ts";
import { addressOf, firstPlay, type Play, playAt } from "./address-text.ts";
import { InfectionCurve } from "./infection-curve.tsx";
import { Meddling } from "./meddling.tsx";
import { Player } from "./player.tsx";
import { SettingForm } from "./setting-form.tsx";
import type { Tool } from "./town-canvas.tsx";
import { TownPane } from "./town-pane.tsx";
import { settingOf, useTown } from "./use-town.ts";

/** Two towns of the same seed, and one play for both. */
function usePlay() {
  const [play, setPlay] = useState<Play>(() => playAt(location.hash.slice(1)));
  const [nowMs, setNowMs] = useState(0);
  const doors = [useTown(), useTown()] as const;
  const rebuild = (next: Play, toMs: number): void => {
    setNowMs(toMs);
    for (const [at, door] of doors.entries()) {
      const protocol = next.protocols[at] ?? "push";
      door.build({ setting: settingOf(next, protocol), deeds: next.deeds, nowMs: toMs });
    }
  };
  const change = (next: Play): void => {
    setPlay(next);
    rebuild(next, 0);
  };
  useEffect(() => {
    rebuild(play, 0);
    const onHash = (): void => change(playAt(location.hash.slice(1)));
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  useEffect(() => history.replaceState(null, "", `#${addressOf(play)}`), [play]);
  /** What was done later than now is another future, and is forgotten. */
  const act = (deed: Deed): void => {
    const before = play.deeds.filter(({ atMs }) => atMs <= nowMs);
    setPlay({ ...play, deeds: [...before, { ...deed, atMs: nowMs }] });
    for (const door of doors) door.act(deed);
  };
  const advance = (toMs: number): void => {
    // What was done later stays to be seen again while nothing else is done.
    if (play.deeds.some(({ atMs }) => atMs > nowMs && atMs <= toMs)) return rebuild(play, toMs);
    setNowMs(toMs);
    for (const door of doors) door.advance(toMs);
  };
  const travel = (toMs: number): void => rebuild(play, toMs);
  return { play, nowMs, doors, change, act, advance, travel };
}

export function PlayPage() {
  const { act, advance, change, doors, nowMs, play, travel } = usePlay();
  const [tool, setTool] = useState<Tool>("infect");
  const { numbers, protocols, seed } = play;
  const points = useMemo(() => discPoints(numbers.nodesCount), [numbers.nodesCount]);
  const shared = { points, tool, line: lineAt(play.deeds, nowMs), onDeed: act };
  const [a, b] = protocols;
  return (
    <>
      <SettingForm play={play} onChange={change} />
      <Player
        nowMs={nowMs}
        roundIntervalMs={numbers.roundIntervalMs}
        isBusy={doors.some(({ isBusy }) => isBusy)}
        isOver={doors.every(({ state }) => isOver(state?.count))}
        onAdvance={advance}
        onTravel={travel}
        onReset={() => change({ ...firstPlay, numbers, protocols, seed })}
      />
      <Meddling tool={tool} onTool={setTool} nodesCount={numbers.nodesCount} onDeed={act} />
      <div class="towns">
        <TownPane
          {...shared}
          side="A"
          door={doors[0]}
          protocol={a}
          onProtocol={(next) => change({ ...play, protocols: [next, b] })}
        />
        <TownPane
          {...shared}
          side="B"
          door={doors[1]}
          protocol={b}
          onProtocol={(next) => change({ ...play, protocols: [a, next] })}
        />
      </div>
      <InfectionCurve play={play} states={[doors[0].state, doors[1].state]} />
    </>
  );
}

function isOver(
  count: { readonly heardCount: number; readonly livingCount: number } | undefined,
): boolean {
  return count !== undefined && count.heardCount >= count.livingCount;
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
