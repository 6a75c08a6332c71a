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

export function stepDice(dice: number): number {
  return (Math.imul(dice, 0x2c9277b5) + 0x5f356495) | 0;
}

/**
 * Index of the next symbol that holds a key, after `index`; symbol 0 holds every key. Symbol i holds
 * it with probability 1 / (1 + i/2), whatever other symbols do.
 * Departs from [Yang, Gilad and Alizadeh 2024 §5]: theirs, (i + 1.5)(r^-½ − 1) further, is 4 % off at
 * the first symbols, by which differences are estimated. All of i + 1 … j pass a key over with
 * probability (i+1)(i+2) / (j+1)(j+2), which is inverted here as it stands, also by one root.
 */
export function nextIndex(index: number, dice: number): number {
  // A generator with a modulus of 2^32 has poor low bits: the high ones are folded in.
  let bits = dice ^ (dice >>> 16);
  bits = Math.imul(bits, 0x21f0aaad);
  bits = (bits ^ (bits >>> 15)) >>> 0;
  const rest = (bits + 1) / TWO_32;
  const next = Math.ceil(Math.sqrt(0.25 + ((index + 1) * (index + 2)) / rest) - 1.5);
  return Math.max(index + 1, next);
}
