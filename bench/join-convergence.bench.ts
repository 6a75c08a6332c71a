import { judged, median, type Row } from "./bench.ts";
import { type JoinCourse, type JoinTime, joinTime } from "./support/join-course.ts";

const SEEDS_COUNT = 25;
const SIZES = [5, 25, 50, 100] as const;
/** What memberlist does: gossip, and the regular push/pull for whom it passed by. */
const MEMBERLIST = { settleIntervalMs: 0, joinRetransmitMultiplier: 1 };
const RATIO_TARGET = 1.15;

export const name = "join-convergence";
export const description =
  "time until nodes that join know all others, in the simulator, with and without our additions";

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const profile of ["lan", "local"] as const) {
    for (const order of ["together", "alone"] as const) {
      for (const nodesCount of SIZES) rows.push(...rowsOf({ profile, order, nodesCount }));
    }
  }
  return rows;
}

type Kind = Pick<JoinCourse, "profile" | "order" | "nodesCount">;

function rowsOf(kind: Kind): Row[] {
  const ours = times(kind, {});
  const plain = times(kind, MEMBERLIST);
  const id = `${kind.profile} ${kind.nodesCount} join ${kind.order}`;
  const middle = compared(`${id}, median`, middleOf(ours), middleOf(plain));
  return [
    // Who joins alone is a matter of milliseconds and dice either way.
    kind.order === "together" ? judged(middle, { of: "ratio", atMost: RATIO_TARGET }) : middle,
    compared(`${id}, longest`, longestOf(ours), longestOf(plain)),
    { id: `${id}, push/pulls a node`, value: pushPullsOf(ours), unit: "" },
  ];
}

function times(kind: Kind, given: JoinCourse["given"]): JoinTime[] {
  return Array.from({ length: SEEDS_COUNT }, (_, at) => joinTime({ ...kind, given, seed: at + 1 }));
}

function middleOf(all: readonly JoinTime[]): number {
  return median(all.map(({ ms }) => ms));
}

function longestOf(all: readonly JoinTime[]): number {
  return Math.max(...all.map(({ ms }) => ms));
}

function pushPullsOf(all: readonly JoinTime[]): number {
  return median(all.map(({ pushPullsPerNode }) => pushPullsPerNode));
}

function compared(id: string, ours: number, plain: number) {
  const peer = `memberlist's rules ${Math.round(plain)} ms`;
  return { id, value: Math.round(ours), unit: "virtual ms", peer, ratio: ours / plain };
}
