/** What a seed of the swarm of data stands for: a model, how it travels, and what goes wrong. */
import { Random } from "../../../src/core/random.ts";
import { swarmColumns } from "../columns.ts";
import type { DataColumn } from "../town.ts";
import { crdtColumn } from "./crdt-column.ts";
import type { NodeColumn } from "./data-column.ts";
import { type FaultName, faultNames } from "./data-faults.ts";
import { infoColumn } from "./info-column.ts";
import { operationColumn } from "./operation-column.ts";
import { runInTown, type TownRow, townRows } from "./run-in-town.ts";
import { runOnNodes } from "./run-on-nodes.ts";
import { stateColumn } from "./state-column.ts";
import { topicColumn } from "./topic-column.ts";
import { versionColumn } from "./version-column.ts";

/** Whole nodes; adding a data model is an entry here. */
const nodeColumns: readonly NodeColumn[] = [
  infoColumn,
  versionColumn,
  topicColumn,
  stateColumn,
  crdtColumn,
  operationColumn,
];

type Pair =
  | { readonly host: "town"; readonly column: DataColumn; readonly row: TownRow }
  | { readonly host: "nodes"; readonly column: NodeColumn; readonly way: string };

/** Every data model on every exchange that carries it. */
export const pairs: readonly Pair[] = [
  ...swarmColumns.flatMap((column) =>
    townRows.map((row) => ({ host: "town", column, row }) as const),
  ),
  ...nodeColumns.flatMap((column) =>
    column.ways.map((way) => ({ host: "nodes", column, way }) as const),
  ),
];

/** Together they are all faults, so that three rounds over all pairs visit every cell. */
const faultGroups: readonly (readonly FaultName[])[] = [
  ["loss", "oneWay", "crashWithDisk"],
  ["duplication", "partition", "crashWithoutDisk"],
  ["reordering", "pause"],
];
/** Coprime with the number of pairs, so that few seeds are of many kinds. */
const PAIR_STRIDE = 11;

export interface DataCase {
  readonly seed: number;
  readonly pair: Pair;
  readonly faults: readonly FaultName[];
  /** For people. */
  readonly name: string;
}

/** The first seeds visit each cell of data model, exchange and fault; from then on all is drawn. */
export const cellSeedsCount = pairs.length * faultGroups.length;

export function drawCase(seed: number): DataCase {
  const random = Random.derive(seed, "data case");
  const isVisit = seed >= 1 && seed <= cellSeedsCount;
  const place = isVisit ? (seed * PAIR_STRIDE) % pairs.length : random.below(pairs.length);
  const pair = pairs[place];
  if (pair === undefined) throw new Error(`no pair ${place}`);
  const round = Math.floor((seed - 1) / pairs.length);
  const own = isVisit ? (faultGroups[(place + round) % faultGroups.length] ?? []) : [];
  const ratio = isVisit ? 0.1 : 0.35;
  const faults = faultNames.filter((name) => own.includes(name) || random.chance(ratio));
  const way = pair.host === "town" ? pair.row.name : pair.way;
  const where = pair.host === "town" ? "replicas" : "nodes";
  const name = `${pair.column.name} by ${way} on ${where}, ${faults.join(" + ") || "no fault"}`;
  return { seed, pair, faults, name };
}

/** What was broken, in words; empty when all was kept. */
export async function runCase({ faults, pair, seed }: DataCase): Promise<string[]> {
  if (pair.host === "nodes") return runOnNodes({ seed, faults, ...pair });
  return runInTown({ seed, faults, ...pair });
}
