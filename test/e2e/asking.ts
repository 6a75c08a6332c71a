/** Clients of objects on real processes. */
import { Random } from "../../src/core/random.ts";
import { ObjectHistory } from "../ordered-objects.ts";
import { pause } from "./hearsay-process.ts";
import type { OrderingGroup, OrderingProcess } from "./ordering-group.ts";

const CLIENTS_COUNT = 2;
/** A history of fewer says little: on a busy machine it is made longer. */
export const ANSWERS_MIN_COUNT = 201;
const LATE_MAX_MS = 60_000;

/** Some clients at each process, while `disturb` goes on, which is told when it is time to end. */
export async function askAll(
  group: OrderingGroup,
  durationMs: number,
  disturb: (isOver: () => boolean) => Promise<number>,
) {
  const history = new ObjectHistory();
  const endMs = performance.now() + durationMs;
  const isOver = () => {
    const overMs = performance.now() - endMs;
    return overMs > LATE_MAX_MS || (overMs > 0 && answersOf(history) >= ANSWERS_MIN_COUNT);
  };
  const clients = group.processes.flatMap((one) =>
    Array.from({ length: CLIENTS_COUNT }, () => ask(one, history, isOver)),
  );
  const faultsCount = await disturb(isOver);
  await Promise.all(clients);
  return { history, faultsCount };
}

export function answersOf({ operations }: ObjectHistory): number {
  return operations.filter(({ output }) => output !== undefined).length;
}

/** Asks one thing after another, as fast as it is answered. */
async function ask(one: OrderingProcess, history: ObjectHistory, isOver: () => boolean) {
  // Registers alone show best what a read has missed.
  const share = one.setting.reads === "cached" ? 0.34 : 1;
  const random = new Random(Math.floor(performance.now() * 1_000));
  const process = one.setting.name;
  while (!isOver()) {
    if (!one.isRunning) {
      await pause(20);
      continue;
    }
    const input = history.draw(random.real() * share);
    const callMs = performance.now();
    const answer = await one.ask({ kind: "object", input });
    const isUnknown = answer?.output === undefined;
    if (isUnknown && answer?.definite === true) history.refused.push(input);
    else {
      const returnMs = isUnknown ? Number.POSITIVE_INFINITY : performance.now();
      history.operations.push({ process, callMs, returnMs, input, output: answer?.output });
    }
    if (isUnknown) await pause(50);
  }
}
