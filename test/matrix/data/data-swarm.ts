import { drawCase, runCase } from "./data-case.ts";

export interface SwarmSpan {
  readonly seed: number;
  readonly count: number;
  write(line: string): void;
}

/** What is told of one seed. */
const TOLD_MAX_COUNT = 5;

/** Runs so many seeds; each that fails is told with the command that runs it again. */
export async function runDataSwarm({ count, seed: first, write }: SwarmSpan): Promise<number> {
  let failedCount = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const drawn = drawCase(seed);
    const broken = await brokenIn(drawn);
    if (broken.length === 0) continue;
    failedCount += 1;
    write(`seed ${seed}: ${drawn.name}`);
    for (const what of broken.slice(0, TOLD_MAX_COUNT)) write(`  ${what}`);
    if (broken.length > TOLD_MAX_COUNT) write(`  and ${broken.length - TOLD_MAX_COUNT} more`);
    write(`  again: npm run swarm -- data --seed ${seed} --count 1`);
  }
  write(`${count - failedCount} of ${count} seeds kept all promises`);
  return failedCount;
}

/** What is thrown is a broken promise, too. */
async function brokenIn(drawn: ReturnType<typeof drawCase>): Promise<readonly string[]> {
  try {
    return await runCase(drawn);
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}
