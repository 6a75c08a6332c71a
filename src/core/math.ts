/*
 * The elementary functions, made of + − × ÷ and bit access only. The standard lets engines
 * approximate Math.log, exp, pow, sin and cos as they like, so a seed would give other runs
 * elsewhere; the four operations and Math.sqrt are exact everywhere.
 */

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
float[0] = 1;
/** Which of the two words of a double holds sign and exponent. */
const HIGH = words[1] === 0 ? 0 : 1;

/**
 * ln 2 with its last 21 bits cleared, so that its product with an exponent is exact; and the rest.
 */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Splits a double into two halves of 26 bits (Dekker 1971). */
const SPLITTER = 134_217_729;
/** 1 / (2n + 1) for n = 1 … 12: the series of artanh, short enough for |s| ≤ 0.172. */
const ARTANH = Array.from({ length: 12 }, (_, index) => 1 / (2 * index + 3));
const EXP_TERMS = Array.from({ length: 15 }, (_, index) => 1 / factorial(index));

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

export const { sqrt } = Math;

let exponent = 0;

/**
 * Splits positive, finite `x` into `m` in [√½, √2) and sets `exponent` so that x = m · 2^exponent.
 */
function mantissa(x: number): number {
  float[0] = x;
  let shift = 0;
  if (x < 2.2250738585072014e-308) {
    float[0] = x * 2 ** 54;
    shift = -54;
  }
  const high = words[HIGH] ?? 0;
  exponent = (high >>> 20) - 1022 + shift;
  words[HIGH] = (high & 0x800fffff) | 0x3fe00000;
  const half = float[0];
  if (half >= Math.SQRT1_2) return half;
  exponent -= 1;
  return half * 2;
}

function isOrdinary(x: number): boolean {
  return x > 0 && x < Number.POSITIVE_INFINITY;
}

/** What a logarithm to any base is outside 0 < x < ∞. */
function extraordinaryLog(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  return x === Number.POSITIVE_INFINITY ? x : Number.NaN;
}

/** ln m = 2 artanh((m − 1) / (m + 1)). */
function lnMantissa(m: number): number {
  const f = m - 1;
  const s = f / (2 + f);
  const t = s * s;
  let sum = 0;
  for (let n = ARTANH.length - 1; n >= 0; n -= 1) sum = sum * t + (ARTANH[n] ?? 0);
  // f − s·(f − …) instead of 2s·(1 + …): the rounding of the quotient then barely counts.
  return f - s * (f - 2 * t * sum);
}

/** Natural logarithm. NaN below zero. */
export function ln(x: number): number {
  if (!isOrdinary(x)) return extraordinaryLog(x);
  const m = mantissa(x);
  const k = exponent;
  return k * LN2_HIGH + (k * LN2_LOW + lnMantissa(m));
}

/** Logarithm to base 2; exact for powers of two. */
export function log2(x: number): number {
  if (!isOrdinary(x)) return extraordinaryLog(x);
  const m = mantissa(x);
  const k = exponent;
  return m === 1 ? k : k + lnMantissa(m) / Math.LN2;
}

/**
 * Logarithm to base 10; exact for the doubles nearest to powers of ten, as formulas with `ceil`
 * need.
 */
export function log10(x: number): number {
  const y = ln(x) * Math.LOG10E;
  const whole = Math.round(y);
  const gap = y - whole;
  // The parse of a decimal literal is exact by the standard, and happens only this near to a power.
  if (gap < 1e-12 && gap > -1e-12 && Number(`1e${whole}`) === x) return whole;
  return y;
}

/** x · 2^k, in two steps where 2^k alone would leave the range. */
function scale(x: number, k: number): number {
  if (k > 1023) return x * 2 ** 1023 * power2(k - 1023);
  if (k < -1022) return x * power2(k + 54) * 2 ** -54;
  return x * power2(k);
}

function power2(k: number): number {
  words[1 - HIGH] = 0;
  words[HIGH] = (k + 1023) << 20;
  return float[0] ?? 0;
}

/** e to the power of x. */
export function exp(x: number): number {
  return expLong(x, 0);
}

/** e to the power of x + xLow, xLow being less than the last place of x. */
function expLong(x: number, xLow: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019411) return 0;
  const k = Math.floor(x / Math.LN2 + 0.5);
  const head = x - k * LN2_HIGH;
  const tail = k * LN2_LOW - xLow;
  const r = head - tail;
  const rLow = head - r - tail;
  let sum = 0;
  for (let n = EXP_TERMS.length - 1; n >= 2; n -= 1) sum = sum * r + (EXP_TERMS[n] ?? 0);
  // What 1 + r loses in rounding is given back with the rest of the series.
  const first = 1 + r;
  return scale(first + (r - (first - 1) + (sum * r * r + rLow)), k);
}

/** The error of the product a · b, exactly (Dekker 1971). For moderate sizes. */
function productError(a: number, b: number, product: number): number {
  const aSplit = SPLITTER * a;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = SPLITTER * b;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

let low = 0;

/** (a + aLow) · (b + bLow) as a double; what it lacks stands in `low`. */
function multiply(a: number, aLow: number, b: number, bLow: number): number {
  const product = a * b;
  const rest = productError(a, b, product) + (a * bLow + aLow * b);
  const sum = product + rest;
  low = rest - (sum - product);
  return sum;
}

/** a + b + tail where |a| ≥ |b|; what it lacks stands in `low`. */
function add(a: number, b: number, tail: number): number {
  const sum = a + b;
  const rest = b - (sum - a) + tail;
  const result = sum + rest;
  low = rest - (result - sum);
  return result;
}

/** What 1/3 as a double lacks. */
const THIRD_LOW = 1.8503717077085944e-17;

/** ln x to some 100 bits: the value, and `low`. Powers multiply its error by the exponent. */
function lnLong(x: number): number {
  const m = mantissa(x);
  const k = exponent;
  const f = m - 1;
  const d = m + 1;
  const dPart = d - m;
  const dLow = m - (d - dPart) + (1 - dPart);
  const s = f / d;
  const product = s * d;
  const sLow = (f - product - productError(s, d, product) - s * dLow) / d;
  const t = multiply(s, sLow, s, sLow);
  const tLow = low;
  let tail = 0;
  for (let n = ARTANH.length - 1; n >= 1; n -= 1) tail = tail * t + (ARTANH[n] ?? 0);
  const third = multiply(t, tLow, 1 / 3, THIRD_LOW);
  const series = add(1, third, low + t * t * tail);
  const part = multiply(s, sLow, 2 * series, 2 * low);
  if (k === 0) return part;
  const partLow = low;
  const head = k * LN2_HIGH;
  const sum = head + part;
  const other = sum - head;
  const rest = head - (sum - other) + (part - other);
  return add(sum, k * LN2_LOW + rest, partLow);
}

/** Whole exponents up to here are powers by squaring, exact where the result is. */
const SQUARED_MAX = 1024;

/** For m in [√½, √2): no power up to SQUARED_MAX leaves the range. */
function powWhole(x: number, n: number): number {
  let result = 1;
  let resultLow = 0;
  let square = x;
  let squareLow = 0;
  for (let rest = n; ; ) {
    if (rest % 2 === 1) {
      result = multiply(result, resultLow, square, squareLow);
      resultLow = low;
    }
    rest = Math.floor(rest / 2);
    if (rest === 0) return result;
    square = multiply(square, squareLow, square, squareLow);
    squareLow = low;
  }
}

/**
 * m^y · 2^(k·y) for x = m · 2^k: m^y stays in range, so that only the last step rounds or
 * overflows.
 */
function powSquared(x: number, y: number): number {
  const m = mantissa(x);
  const shift = exponent * y;
  const power = powWhole(m, Math.abs(y));
  const result = mantissa(y > 0 ? power : 1 / power);
  const k = exponent + shift;
  if (k > 1025) return Number.POSITIVE_INFINITY;
  return k < -1076 ? 0 : scale(result, k);
}

function powPositive(x: number, y: number): number {
  if (x === 1) return 1;
  if (y === 0.5) return sqrt(x);
  if (y % 1 === 0 && Math.abs(y) <= SQUARED_MAX) return powSquared(x, y);
  const logarithm = lnLong(x);
  const logarithmLow = low;
  const size = y * logarithm;
  if (Math.abs(size) > 800) return size > 0 ? Number.POSITIVE_INFINITY : 0;
  const product = multiply(logarithm, logarithmLow, y, 0);
  return expLong(product, low);
}

/** x to the power of y. A negative x needs a whole y, or the result is NaN. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const size = Math.abs(x);
  if (Math.abs(y) === Number.POSITIVE_INFINITY) {
    if (size === 1) return Number.NaN;
    return size > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  }
  const isOddPower = Math.abs(y % 2) === 1;
  const isNegative = x < 0 || Object.is(x, -0);
  if (x < 0 && size !== Number.POSITIVE_INFINITY && y % 1 !== 0) return Number.NaN;
  const result =
    size === 0 || size === Number.POSITIVE_INFINITY ? powEdge(size, y) : powPositive(size, y);
  return isNegative && isOddPower ? -result : result;
}

function powEdge(size: number, y: number): number {
  return (size === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY;
}
