import type { JourneyPicture, Move } from "./journey.ts";

/** How far one move has come at a moment: 0 it has not left, 1 it has arrived. */
export interface MovePart {
  readonly move: Move;
  readonly share: number;
}

/** What the picture shows at one moment of the journey. */
export interface ReplayFrame {
  readonly parts: readonly MovePart[];
  /** When each node that has it by now had it. */
  readonly reached: ReadonlyMap<string, number>;
  /** How often it has come to each again. */
  readonly copies: ReadonlyMap<string, number>;
}

/** A play takes about so long, however short the journey was. */
const PLAY_MS = 5_000;
/** The longest play: of a repair that came late, or by a clock that is minutes ahead. */
const PLAY_MAX_MS = 20_000;

/** Real milliseconds from the publishing to the last arrival; never quite nothing. */
export function lengthOf({ moves }: JourneyPicture, copies: "shown" | "hidden"): number {
  const last = moves.findLast(({ kind }) => copies === "shown" || kind === "news");
  return Math.max(1, last?.cameMs ?? 0);
}

/** How many times slower than it was; below 1 of what took longer than anybody watches. */
export function slownessOf(lengthMs: number): number {
  return Math.min(Math.max(1, PLAY_MS / lengthMs), PLAY_MAX_MS / lengthMs);
}

/** Moments at which something arrives, each once, from the publishing on. */
export function momentsOf({ moves }: JourneyPicture, copies: "shown" | "hidden"): number[] {
  const shown = moves.filter(({ kind }) => copies === "shown" || kind === "news");
  return [...new Set([0, ...shown.map(({ cameMs }) => cameMs)])].sort((a, b) => a - b);
}

export function frameAt({ author, moves }: JourneyPicture, atMs: number): ReplayFrame {
  const reached = new Map([[author, 0]]);
  const copies = new Map<string, number>();
  const parts = moves.map((move): MovePart => {
    const { cameMs, kind, leftMs, to } = move;
    const hasCome = atMs >= cameMs;
    if (hasCome && kind === "news") reached.set(to, cameMs);
    if (hasCome && kind === "copy") copies.set(to, (copies.get(to) ?? 0) + 1);
    const share = hasCome ? 1 : Math.max(0, (atMs - leftMs) / (cameMs - leftMs));
    return { move, share };
  });
  return { parts, reached, copies };
}
