/** What all lanes write: every key in each round, by the one of two who did not write it last. */

export const KEYS_COUNT = 10_000;
export const ROUNDS_COUNT = 5;
const VALUE_LENGTH = 100;

export type Side = 0 | 1;

/** Which of the two writes a key in a round. */
export function writerOf(key: number, round: number): Side {
  return (key + round) % 2 === 0 ? 0 : 1;
}

export function keyNamed(key: number): string {
  return `key-${String(key).padStart(6, "0")}`;
}

/** A text, for that is what scuttlebutt carries; another for each key and round. */
export function valueFor(key: number, round: number): string {
  return `${keyNamed(key)} in round ${round} `.padEnd(VALUE_LENGTH, ".");
}

/** A value in the form that a lane takes. */
export type Value = string | Uint8Array<ArrayBuffer>;

/** Throws unless `read` finds for every key what was written in the last round. */
export async function check(
  read: (key: string) => Promise<string | undefined>,
  keysCount: number,
  round: number,
): Promise<void> {
  for (let key = 0; key < keysCount; key += 1) {
    const held = await read(keyNamed(key));
    if (held === valueFor(key, round)) continue;
    throw new Error(`${keyNamed(key)} is ${held ?? "missing, or in conflict"} at one of the two`);
  }
}

/** What is written in one round: made before its clock starts. */
export class Script<V extends Value> {
  readonly keys: readonly string[];
  private readonly form: (text: string) => V;
  private values: readonly V[] = [];

  constructor(form: (text: string) => V, keysCount = KEYS_COUNT) {
    this.keys = Array.from({ length: keysCount }, (_, key) => keyNamed(key));
    this.form = form;
  }

  prepare(round: number): void {
    this.values = this.keys.map((_name, key) => this.form(valueFor(key, round)));
  }

  /** All that is written in a round, of both sides. */
  *writes(round: number): Generator<readonly [key: string, value: V, writer: Side]> {
    for (const [key, value] of this.values.entries()) {
      yield [this.keys[key] ?? "", value, writerOf(key, round)];
    }
  }
}
