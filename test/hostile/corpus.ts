/** Inputs that once did harm, kept as bytes and thrown again in every run of the tests. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { HostileInput } from "./mutation/mutator.ts";
import type { Found } from "./run-hostile.ts";

export interface CorpusEntry {
  readonly name: string;
  readonly via: "packet" | "stream";
  /** As it stands inside seal and label. */
  readonly hex: string;
  /** What it did before it was mended. */
  readonly harm: string;
}

const folder = new URL("./corpus/", import.meta.url);

export function readCorpus(): CorpusEntry[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => {
      const entries: CorpusEntry[] = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
      return entries;
    });
}

export function inputOf({ name, via, hex }: CorpusEntry): HostileInput {
  return { via, bytes: Uint8Array.from(Buffer.from(hex, "hex")), recipe: name };
}

/** Keeps a failure for good. @returns the path of the file. */
export function keep(found: Found, bytes: Uint8Array): string {
  const name = `${found.property} at ${found.target}: ${found.recipe}`;
  const hex = Buffer.from(bytes).toString("hex");
  const entry: CorpusEntry = { name, via: found.via, hex, harm: found.detail.split("\n")[0] ?? "" };
  const file = new URL(`found-${found.target}-${found.batch}-${found.at}.json`, folder);
  writeFileSync(file, `${JSON.stringify([entry], undefined, 2)}\n`);
  return file.pathname;
}

/** The fewest bytes found that still fail: pieces are left out, then bytes become zero. */
export function minimised(
  bytes: Uint8Array,
  fails: (candidate: Uint8Array) => boolean,
  triesMaxCount = 2_000,
): Uint8Array {
  let least = bytes;
  let triesLeft = triesMaxCount;
  const attempt = (candidate: Uint8Array): boolean => {
    triesLeft -= 1;
    if (triesLeft < 0 || !fails(candidate)) return false;
    least = candidate;
    return true;
  };
  for (let size = least.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < least.length; ) {
      const without = Buffer.concat([least.subarray(0, at), least.subarray(at + size)]);
      if (!attempt(Uint8Array.from(without))) at += size;
    }
  }
  for (let at = 0; at < least.length; at += 1) {
    if (least[at] === 0) continue;
    const zeroed = least.slice();
    zeroed[at] = 0;
    attempt(zeroed);
  }
  return least;
}
