import type { DiscPoint } from "../../../../src/sim/playground/disc.ts";
import type { DatedDeed } from "../../../../src/sim/playground/play-town.ts";

/** The line that parts the towns at a moment. */
export function lineAt(
  deeds: readonly DatedDeed[],
  nowMs: number,
): readonly [DiscPoint, DiscPoint] | undefined {
  const last = deeds.findLast(({ atMs, do: what }) => {
    return atMs <= nowMs && (what === "part" || what === "heal");
  });
  return last?.do === "part" ? [last.from, last.to] : undefined;
}
