import { exp, ln, sqrt } from "../core/math.ts";
import type { Reals } from "./real-dice.ts";

/** One-way delay of a packet, in milliseconds. */
export type LatencyModel =
  | { readonly kind: "constant"; readonly ms: number }
  | { readonly kind: "uniform"; readonly minMs: number; readonly maxMs: number }
  /** `meanMs` is that of what comes on top of `minMs`. */
  | {
      readonly kind: "exponential";
      readonly minMs: number;
      readonly meanMs: number;
      readonly maxMs?: number;
    }
  /** Half of the packets take longer than `medianMs`; `sigma` is that of the logarithm. */
  | {
      readonly kind: "lognormal";
      readonly medianMs: number;
      readonly sigma: number;
      readonly maxMs?: number;
    };

/** What each kind must say. */
const neededNames: Readonly<Record<LatencyModel["kind"], readonly string[]>> = {
  constant: ["ms"],
  uniform: ["minMs", "maxMs"],
  exponential: ["minMs", "meanMs"],
  lognormal: ["medianMs", "sigma"],
};

/**
 * Also for those who write JavaScript: of a model without a number, no packet would ever arrive.
 * @throws RangeError when a number of `model` is missing, negative, not finite or out of order.
 */
export function checkLatency(model: LatencyModel): void {
  const { kind, ...numbers } = model;
  if (!Object.hasOwn(neededNames, kind)) {
    const known = Object.keys(neededNames).join(", ");
    throw new RangeError(`latency: kind is ${kind}, not one of ${known}`);
  }
  const missing = neededNames[kind].find((name) => !Object.hasOwn(numbers, name));
  if (missing !== undefined) throw new RangeError(`latency ${kind}: ${missing} is missing`);
  for (const [name, value] of Object.entries(numbers)) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(
        `latency ${kind}: ${name} is ${value}, not a finite number of 0 or more`,
      );
    }
  }
  const bounds = kind === "uniform" || kind === "exponential" ? model : undefined;
  if (bounds?.maxMs !== undefined && bounds.maxMs < bounds.minMs) {
    throw new RangeError(`latency ${kind}: maxMs ${bounds.maxMs} is below minMs ${bounds.minMs}`);
  }
}

/** Draws one delay. All logarithms are core/math.ts's, so that every engine draws the same. */
export function drawLatencyMs(model: LatencyModel, dice: Reals): number {
  switch (model.kind) {
    case "constant":
      return model.ms;
    case "uniform":
      return model.minMs + dice.real() * (model.maxMs - model.minMs);
    case "exponential":
      return atMost(model.minMs + exponential(model.meanMs, dice), model.maxMs);
    case "lognormal":
      return atMost(model.medianMs * exp(model.sigma * normal(dice)), model.maxMs);
  }
}

/** Exponentially distributed with this mean. */
function exponential(meanMs: number, dice: Reals): number {
  return -meanMs * ln(1 - dice.real());
}

/** Of the standard normal distribution. (Marsaglia's polar method: needs no sine) */
function normal(dice: Reals): number {
  for (;;) {
    const x = 2 * dice.real() - 1;
    const y = 2 * dice.real() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * sqrt((-2 * ln(square)) / square);
  }
}

function atMost(delayMs: number, maxMs: number | undefined): number {
  return maxMs === undefined || delayMs < maxMs ? delayMs : maxMs;
}

/** `uniform minMs=1 maxMs=5`, for traces. */
export function latencyText(model: LatencyModel): string {
  const { kind, ...numbers } = model;
  const words = Object.entries(numbers).map(([name, value]) => `${name}=${value}`);
  return [kind, ...words].join(" ");
}
