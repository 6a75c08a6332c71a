const TWO_32 = 4_294_967_296;

/** Mixes a word into a hash of 32 bits. (The finalizer of MurmurHash3, Appleby, public domain) */
export function mix32(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ word, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** What tells one key in a symbol from a jumble of several. */
export function checkOf(low: number, high: number): number {
  return mix32(mix32(0x3c6ef372, high), low) >>> 0;
}

/** The dice of one key; `stepDice` goes on from there. */
export function diceOf(low: number, high: number): number {
  return mix32(mix32(0x1b873593, low), high);
}

/**
 * How far the dice of a key go at each throw. Of 100,000 keys two have the same dice, and would be
 * in the same symbols for ever: with steps of their own they part.
 */
export function strideOf(low: number, high: number): number {
  return mix32(mix32(0x6a09e667, high), low) | 1;
}

/** (SplitMix of Steele, Lea and Flood 2014: a sum and a mix, each key with its own summand) */
export function stepDice(dice: number, stride: number): number {
  return (dice + stride) | 0;
}

/**
 * Index of the next symbol that holds a key, after `index`; symbol 0 holds every key. Symbol i
 * holds it with probability 1 / (1 + i/2), whatever other symbols do. Departs from [Yang, Gilad and
 * Alizadeh 2024 §5]: theirs, (i + 1.5)(r^-½ − 1) further, is 4 % off at the first symbols, by which
 * differences are estimated. All of i + 1 … j pass a key over with probability (i+1)(i+2) /
 * (j+1)(j+2), which is inverted here as it stands, also by one root.
 */
export function nextIndex(index: number, dice: number): number {
  const bits = mix32(dice, 0x85157af5) >>> 0;
  const rest = (bits + 1) / TWO_32;
  const next = Math.ceil(Math.sqrt(0.25 + ((index + 1) * (index + 2)) / rest) - 1.5);
  return Math.max(index + 1, next);
}
