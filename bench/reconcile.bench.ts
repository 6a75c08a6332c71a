import { DotSet, type ReadonlyDotSet } from "../src/core/dot-set.ts";
import { Random } from "../src/core/random.ts";
import { ITEM_BYTES, originNamed, scattered, without } from "../src/testing/divergence-rig.ts";
import { judged, type MeasuredRow, type Row } from "./bench.ts";
import { type CourseResult, naiveBytes, reconcile } from "./support/reconcile-course.ts";

const ITEMS_COUNT = 1_000_000;
const ORIGINS_COUNT = 100;
/** So many that what is missing is of as many origins: the price of a name is paid for each. */
const MANY_ORIGINS_COUNT = 1_000;
const MISSING_COUNTS = [1, 10, 1_000, 100_000];
/** Bytes on the wire over what the missing items alone take. */
const RATIO_TARGET = 1.5;
/** From so many missing items on. */
const TARGET_FROM_COUNT = 1_000;

interface Terrain {
  readonly name: string;
  readonly whole: DotSet;
  /** A copy that lacks so many. */
  readonly lacking: (count: number) => DotSet;
}

export const name = "reconcile";
export const description =
  "bytes on the wire to find and bring what is missing of 1,000,000 items of 100 B";

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  const makers = [scatteredTerrain, manyOriginsTerrain, holedTerrain, contiguousTerrain];
  for (const makeTerrain of makers) {
    const terrain = makeTerrain();
    for (const missing of MISSING_COUNTS) rows.push(...course(terrain, missing));
  }
  return rows;
}

function course({ lacking, name: terrain, whole }: Terrain, missing: number): Row[] {
  const behind = lacking(missing);
  const naive = naiveBytes(whole, behind, ITEM_BYTES);
  // Before the two agree, for then nothing is missing any more.
  const peeled = peelBackBytes(whole, behind);
  const result = reconcile(whole, behind);
  const id = `${terrain}, ${missing} missing`;
  const least = missing * ITEM_BYTES;
  const bytes: MeasuredRow = {
    id,
    value: result.wireBytes,
    unit: "B",
    peer: `lower bound ${least} B`,
    ratio: result.wireBytes / least,
  };
  const isJudged = missing >= TARGET_FROM_COUNT;
  return [
    isJudged ? judged(bytes, { of: "ratio", atMost: RATIO_TARGET }) : bytes,
    {
      id: `${id}: bytes`,
      value: result.wireBytes,
      unit: "B",
      peer: `naive digests ${naive} B`,
      ratio: result.wireBytes / naive,
    },
    {
      id: `${id}: peel back`,
      value: peeled,
      unit: "B",
      peer: `lower bound ${least} B`,
      ratio: peeled / least,
    },
    ...courseRows(id, result),
  ];
}

/**
 * What Demers' peel back sends: newest first, until checksums agree, which is when the oldest that
 * is missing has come. All origins write at the same pace, so numbers tell what is newer.
 */
function peelBackBytes(whole: DotSet, behind: ReadonlyDotSet): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { first } of whole.difference(behind).ranges()) oldest = Math.min(oldest, first);
  let count = 0;
  for (const { first, last } of whole.ranges()) {
    if (last >= oldest) count += last - Math.max(first, oldest) + 1;
  }
  return count * ITEM_BYTES;
}

function courseRows(id: string, result: CourseResult): Row[] {
  return [
    { id: `${id}: messages`, value: result.messagesCount, unit: "messages" },
    { id: `${id}: CPU of both`, value: Math.round(result.cpuMs), unit: "ms CPU" },
    { id: `${id}: 99 % of steps below`, value: result.step99Ms, unit: "ms" },
    { id: `${id}: longest step`, value: result.stepMaxMs, unit: "ms" },
    { id: `${id}: sketches given up`, value: result.gaveUpCount, unit: "sketches" },
  ];
}

/** Every second dot of each origin: no run is longer than one. */
function scatteredTerrain(): Terrain {
  const whole = scattered(ITEMS_COUNT, ORIGINS_COUNT);
  const random = new Random("scattered");
  return { name: "scattered", whole, lacking: (count) => without(whole, count, random) };
}

function manyOriginsTerrain(): Terrain {
  const whole = scattered(ITEMS_COUNT, MANY_ORIGINS_COUNT);
  const random = new Random("many origins");
  const name = `scattered, ${MANY_ORIGINS_COUNT} origins`;
  return { name, whole, lacking: (count) => without(whole, count, random) };
}

/** A random half of the dots: runs of two on average. */
function holedTerrain(): Terrain {
  const random = new Random("holed");
  const whole = new DotSet();
  for (let at = 0; at < ORIGINS_COUNT; at += 1) {
    const most = (2 * ITEMS_COUNT) / ORIGINS_COUNT;
    for (let seq = 1; seq <= most; seq += 1) {
      if (random.chance(0.5)) whole.addRange(originNamed(at), seq, seq);
    }
  }
  return { name: "half holes", whole, lacking: (count) => without(whole, count, random) };
}

/** No holes: what is missing are the last of each origin. */
function contiguousTerrain(): Terrain {
  const whole = new DotSet();
  const each = ITEMS_COUNT / ORIGINS_COUNT;
  for (let at = 0; at < ORIGINS_COUNT; at += 1) whole.addRange(originNamed(at), 1, each);
  const lacking = (count: number): DotSet => {
    const left = new DotSet();
    for (let at = 0; at < ORIGINS_COUNT; at += 1) {
      const share = Math.floor(count / ORIGINS_COUNT) + (at < count % ORIGINS_COUNT ? 1 : 0);
      left.addRange(originNamed(at), 1, each - share);
    }
    return left;
  };
  return { name: "contiguous", whole, lacking };
}
