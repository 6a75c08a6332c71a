import type { Offence } from "./source.ts";

interface Banned {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly message: string;
}

/** Patterns are spelled so that this very file does not match them. */
const banned: readonly Banned[] = [
  {
    rule: "todo",
    pattern: /\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b(?!\(#\d+\))/,
    message: "say which issue will settle it, as in (#12) right behind the word, or settle it",
  },
  {
    rule: "machine-path",
    pattern: /(?<![\w.}])\/(?:work|home|root|Users)\/[\w.-]+/,
    message: "a path of one machine: make it relative to the file, or take it as an argument",
  },
  {
    rule: "machine-path",
    pattern: /\b[A-Z]:\\\\?Users\b/,
    message: "a path of one machine: make it relative to the file, or take it as an argument",
  },
  {
    rule: "registry-host",
    pattern: /\b(?:registr[y]|npm-?mirro[r]|artifactor[y]|verdacci[o])\.[\w.-]+\.[a-z]{2,}\b/i,
    message: "where packages come from is each machine's own setting: leave the host out",
  },
  {
    rule: "registry-host",
    pattern: /"resolve[d]":/,
    message: "the lock file carries no download addresses (.npmrc says so): npm install again",
  },
];

/** What no tracked file may hold, whatever its language. */
export function textOffences(path: string, text: string): Offence[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      banned
        .filter(({ pattern }) => pattern.test(line))
        .map(({ rule, message }) => ({ rule, key: path, line: index + 1, message })),
    );
}
