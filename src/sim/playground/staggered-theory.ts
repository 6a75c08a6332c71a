import { exp, pow } from "../../core/math.ts";
import type { SpreadNumbers } from "./spread.options.ts";

/** A round is cut into so many parts, in each of which as many nodes begin theirs. */
const PARTS_COUNT = 50;
/** Messages that have to arrive until the one called knows it, and until the caller does. */
const TOLD_MESSAGES_COUNT = 3;
const ASKED_MESSAGES_COUNT = 4;

/**
 * Push-pull where every node has a round of its own: who hears it tells it, and is asked for it,
 * before that round ends, so it is faster than in step. The recurrence of Demers 1987 §1.3, a part
 * of a round at a time. @returns the share that has heard after each round.
 */
export function staggeredCurve(numbers: SpreadNumbers, latencyMs: number, rounds: number) {
  const { fanoutCount, lossRatio, nodesCount, roundIntervalMs } = numbers;
  const delay = Math.round((TOLD_MESSAGES_COUNT * latencyMs * PARTS_COUNT) / roundIntervalMs);
  const told = fanoutCount * pow(1 - lossRatio, TOLD_MESSAGES_COUNT);
  const asked = pow(1 - lossRatio, ASKED_MESSAGES_COUNT);
  // The share that has not heard, of the nodes that begin their rounds in each part.
  const left = new Array<number>(PARTS_COUNT).fill(1 - 1 / nodesCount);
  const coming: Calls[] = [];
  const shares = [1 / nodesCount];
  for (let part = 0; part < rounds * PARTS_COUNT; part += 1) {
    const callers = part % PARTS_COUNT;
    const heard = 1 - meanOf(left);
    const telling = (told * (1 - (left[callers] ?? 0))) / PARTS_COUNT;
    coming.push({ callers, untold: exp(-telling), inVain: pow(1 - asked * heard, fanoutCount) });
    const come = coming[part - delay];
    if (come !== undefined) takeIn(left, come);
    if (callers === PARTS_COUNT - 1) shares.push(1 - meanOf(left));
  }
  return shares;
}

/** What the calls of a part come to. */
interface Calls {
  readonly callers: number;
  /** Chance of any node to be told by none of them. */
  readonly untold: number;
  /** Chance of a caller to hear of nothing. */
  readonly inVain: number;
}

function takeIn(left: number[], { callers, inVain, untold }: Calls): void {
  for (const [part, share] of left.entries()) {
    left[part] = share * untold * (part === callers ? inVain : 1);
  }
}

function meanOf(shares: readonly number[]): number {
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
