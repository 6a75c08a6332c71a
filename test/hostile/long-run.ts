/** `npm run swarm -- hostile`: as many mutated inputs as there is time for. */
import { keep, minimised } from "./corpus.ts";
import { growthBytes } from "./memory-curve.ts";
import {
  BATCH_COUNT,
  type Found,
  replay,
  runHostile,
  SLOW_MS,
  targetNames,
} from "./run-hostile.ts";

export interface LongRun {
  readonly count: number;
  readonly seed: number;
  readonly write: (line: string) => void;
}

/** More than this in a long run is a leak and not a cache that fills. */
const GROWTH_MAX_BYTES = 8 * 2 ** 20;
const HEX_MAX_LENGTH = 4_000;

/** @returns whether all went well. */
export async function runLong({ count, seed, write }: LongRun): Promise<"well" | "failed"> {
  write(`${count} inputs of seed ${seed}, in batches of ${BATCH_COUNT}: ${targetNames.join(", ")}`);
  const result = await runHostile({ count, seed, report: write });
  for (const found of result.found) {
    for (const line of described(found)) write(line);
    write(`  ${kept(found)}`);
  }
  const growth = growthBytes(result.memory);
  const rate = Math.round(result.count / result.seconds);
  write(`${result.count} inputs in ${Math.round(result.seconds)} s, ${rate} a second`);
  write(`by target: ${JSON.stringify(result.counts)}`);
  write(
    `slowest ${result.slowestMs.toFixed(1)} ms of ${SLOW_MS} allowed; ` +
      `${result.slowOnceCount} were slower, but not when made again`,
  );
  write(`memory: ${(growth / 2 ** 20).toFixed(2)} MiB more in the last third than in the middle`);
  write(`${result.found.length} failures`);
  return result.found.length === 0 && growth <= GROWTH_MAX_BYTES ? "well" : "failed";
}

/** What fails by itself is made small and kept for the tests; the rest needs its batch. */
function kept(found: Found): string {
  const { batch, hex, target, via } = found;
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  const fails = (candidate: Uint8Array): boolean =>
    replay(target, { via, bytes: candidate, recipe: "" }, batch).error !== undefined;
  if (hex === "" || !fails(bytes)) return "fails only after what came before it in its batch";
  return `kept as ${keep(found, minimised(bytes, fails))}`;
}

function described(found: Found): string[] {
  const { target, property, detail, batch, at, recipe, via, hex } = found;
  return [
    `${property} at ${target}, batch ${batch}, input ${at} (${recipe})`,
    `  ${detail.split("\n").slice(0, 8).join("\n  ")}`,
    `  ${via} ${hex.slice(0, HEX_MAX_LENGTH)}`,
  ];
}
