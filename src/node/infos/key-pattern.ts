import { HearsayError } from "../../core/errors.ts";

const PATTERN_MAX_LENGTH = 1_024;

/** Keys by `*` for any text and `?` for one character; nothing of it is a regular expression. */
export class KeyPattern {
  private readonly pieces: readonly string[];

  /** @throws HearsayError CONFIG_OPTION */
  constructor(pattern: string) {
    if (typeof pattern !== "string" || pattern === "" || pattern.length > PATTERN_MAX_LENGTH) {
      const rule = `text of 1 … ${PATTERN_MAX_LENGTH} characters, such as "load:*"`;
      throw new HearsayError("CONFIG_OPTION", `a pattern of keys is ${rule}.`);
    }
    this.pieces = pattern.split("*");
  }

  matches(key: string): boolean {
    const { pieces } = this;
    const [first = "", ...others] = pieces;
    const last = others.pop();
    if (!fits(key, first, 0)) return false;
    if (last === undefined) return key.length === first.length;
    let from = first.length;
    for (const piece of others) {
      const found = find(key, piece, from);
      if (found === -1) return false;
      from = found + piece.length;
    }
    return key.length - last.length >= from && fits(key, last, key.length - last.length);
  }
}

function find(key: string, piece: string, from: number): number {
  for (let start = from; start + piece.length <= key.length; start += 1) {
    if (fits(key, piece, start)) return start;
  }
  return -1;
}

function fits(key: string, piece: string, start: number): boolean {
  if (start + piece.length > key.length) return false;
  for (let at = 0; at < piece.length; at += 1) {
    if (piece[at] !== "?" && piece[at] !== key[start + at]) return false;
  }
  return true;
}
