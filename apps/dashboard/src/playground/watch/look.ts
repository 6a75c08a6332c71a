/** Which node is watched, in the address of the page beside what is played. */
import type { DatedDeed } from "../../../../../src/sim/playground/play-town.ts";

/** A node; the latest that was killed; or what all hold of all. */
export type Look = number | "latest" | "all";

export function lookAddress(look: Look): string {
  return look === "latest" ? "" : `look=${look}`;
}

/** What is no node there is the latest that was killed. */
export function lookAt(address: string): Look {
  const text = new URLSearchParams(address).get("look");
  if (text === "all") return "all";
  const node = text === null || text === "" ? Number.NaN : Number(text);
  return Number.isInteger(node) && node >= 0 ? node : "latest";
}

/** Undefined: what all hold of all. */
export function watchedBy(
  look: Look,
  deeds: readonly DatedDeed[],
  nowMs: number,
  nodesCount: number,
): number | undefined {
  if (look === "all") return undefined;
  if (look !== "latest") return look < nodesCount ? look : undefined;
  const last = deeds.findLast(({ atMs, do: what }) => atMs <= nowMs && what.startsWith("kill"));
  return last?.do === "kill" && last.node < nodesCount ? last.node : undefined;
}
