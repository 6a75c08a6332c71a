/**
 * φ: how unlikely it is that a heartbeat is only late, as the negative of a power of ten. At φ = 3
 * a peer is suspected wrongly once in a thousand heartbeats, if the model is right.
 * [Hayashibara, Défago, Yared, Katayama 2004 §4.3]
 */
import { exp, ln, log10, sqrt } from "../../core/math.ts";

const LOG10_E = Math.LOG10E;
/** ln √2π. */
const LN_ROOT_TWO_PI = 0.5 * ln(2 * Math.PI);
/** From here on the continued fraction; nearer to 0 the series. */
const FRACTION_FROM = 3;
const FRACTION_TERMS = 60;
const SERIES_TERMS = 60;

/** −log₁₀ of the upper tail of the standard normal distribution at `z`, exact in any tail. */
export function phiNormal(z: number): number {
  if (z < FRACTION_FROM) return 0 - log10(1 - cumulative(z));
  // Q(z) = density(z) / (z + 1/(z + 2/(z + 3/(z + …)))) [Laplace 1805]
  let fraction = z;
  for (let term = FRACTION_TERMS; term >= 1; term -= 1) fraction = z + term / fraction;
  return (0.5 * z * z + LN_ROOT_TWO_PI + ln(fraction)) * LOG10_E;
}

/** The standard normal distribution, by its series about 0. */
function cumulative(z: number): number {
  if (z < -8) return 0;
  if (z < -FRACTION_FROM) return exp(-phiNormal(-z) / LOG10_E);
  let term = z;
  let sum = z;
  for (let index = 1; index <= SERIES_TERMS; index += 1) {
    term *= (z * z) / (2 * index + 1);
    sum += term;
  }
  return 0.5 + (sum * exp(-0.5 * z * z)) / sqrt(2 * Math.PI);
}

/**
 * The same by a logistic curve, as Akka computes it: within 2 % of the tail up to z = 2.5, and
 * larger and larger beyond (7.3 instead of 6.54 at z = 5).
 */
export function phiLogistic(z: number): number {
  const slope = z * (1.5976 + 0.070566 * z * z);
  if (slope < -700) return 0;
  return slope * LOG10_E + log10(1 + exp(-slope));
}

/** Of times without a memory, with this mean: Cassandra's. */
export function phiExponential(silentMs: number, meanMs: number): number {
  return (silentMs / meanMs) * LOG10_E;
}
