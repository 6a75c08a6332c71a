import { exp } from "../../core/math.ts";

/** News that nodes tell others again and again, each in rounds of its own. */
export interface ToldTerms {
  readonly intervalMs: number;
  /** Peers that are told in a round, and hear it. */
  readonly fanout: number;
  readonly latencyMs: number;
  readonly stepMs: number;
  readonly stepsCount: number;
  /** The share that knows by each step without being told; the last of them stays. */
  readonly entered: readonly number[];
}

/**
 * The share that knows by each step: s' = s e^-fi, where as many nodes begin their rounds in each
 * step. [Demers 1987 §1.4]
 */
export function toldCurve(terms: ToldTerms): number[] {
  const { entered, fanout, intervalMs, latencyMs, stepMs, stepsCount } = terms;
  const partsCount = Math.max(1, Math.round(intervalMs / stepMs));
  const delay = Math.round(latencyMs / stepMs);
  // The share that does not know, of the nodes that begin their rounds in each part.
  const left = new Array<number>(partsCount).fill(1);
  const untold: number[] = [];
  const shares: number[] = [];
  let outside = 1;
  for (let step = 0; step < stepsCount; step += 1) {
    const outsideNow = 1 - (entered[step] ?? entered.at(-1) ?? 0);
    const alone = outside === 0 ? 0 : outsideNow / outside;
    outside = outsideNow;
    const telling = 1 - (left[step % partsCount] ?? 0);
    untold.push(exp((0 - fanout * telling) / partsCount));
    const kept = alone * (untold[step - delay] ?? 1);
    let knowing = 0;
    for (const [part, share] of left.entries()) {
      left[part] = share * kept;
      knowing += 1 - share * kept;
    }
    shares.push(knowing / partsCount);
  }
  return shares;
}
