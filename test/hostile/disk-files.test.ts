/** What stands in a data directory may have been written by anything. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HearsayError } from "../../src/core/errors.ts";
import { Random } from "../../src/core/random.ts";
import { BootFile } from "../../src/node/boot-file.ts";
import { RememberedFile } from "../../src/node/remembered-file.ts";
import { byteMutations } from "./mutation/byte-mutations.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hearsay-hostile-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const mutations = Object.values(byteMutations);
const absurd = [
  Buffer.alloc(0),
  Buffer.alloc(3_000_000, 0xff),
  Buffer.from("[".repeat(100_000)),
  Buffer.from(`${'{"a":'.repeat(50_000)}1`),
  Buffer.from('00000000\n{"format":1,"boot":1e999,"nameSuffix":"../.."}\n'),
];

function* spoiled(good: Uint8Array): Generator<Uint8Array> {
  const random = new Random(9);
  for (let at = 0; at < 300; at += 1) {
    const mutate = mutations[at % mutations.length];
    yield mutate?.(good, random, good) ?? good;
  }
  yield* absurd;
}

describe("a spoiled file", () => {
  it("of boots is understood or refused by name, and never begins a former life again", () => {
    const file = new BootFile(directory);
    const first = file.begin(1_000);
    const good = readFileSync(file.path);
    let refusedCount = 0;
    for (const bytes of spoiled(good)) {
      writeFileSync(file.path, bytes);
      try {
        expect(file.begin(500).boot).toBe(first.boot + 1);
      } catch (error) {
        if (!(error instanceof HearsayError)) throw error;
        expect(error.code).toBe("DATA_DIR");
        refusedCount += 1;
      }
    }
    expect(refusedCount).toBeGreaterThan(250);
  });

  it("of past members is set aside, and the node starts", async () => {
    const warnings: string[] = [];
    const file = new RememberedFile(directory, { warn: (message) => void warnings.push(message) });
    file.write([]);
    await file.close();
    const good = readFileSync(file.path);
    for (const bytes of spoiled(good)) {
      writeFileSync(file.path, bytes);
      try {
        expect(Array.isArray(new RememberedFile(directory, { warn: () => {} }).read())).toBe(true);
      } catch (error) {
        // Of a newer release: that is said, and the file is left alone.
        expect(error).toMatchObject({ code: "DATA_DIR" });
      }
    }
  });
});
