/**
 * Writes numbers into a journal as fast as it takes them, until it is killed. Says on stdout what
 * it found (`found N`), and each number once it is durable (`durable N`).
 */
import { writeSync } from "node:fs";
import type { JournalPosition } from "../../src/core/env.ts";
import { DirectoryLock } from "../../src/storage/directory-lock.ts";
import { Journal } from "../../src/storage/journal.ts";
import { NodeDisk } from "../../src/storage/node-disk.ts";

const CHANNEL = "numbers";
const SNAPSHOT_EVERY = 500;
const [directory = ""] = process.argv.slice(2);

function say(line: string): void {
  // Synchronously: what was said before the kill was said.
  writeSync(1, `${line}\n`);
}

function fail(why: string): never {
  say(`failed ${why}`);
  process.exit(1);
}

const numberIn = (bytes: Uint8Array): number => Number(Buffer.from(bytes).toString("latin1"));
/** Records of many sizes, some larger than a sector. */
const bytesOf = (n: number): Uint8Array => Buffer.from(`${n}`.padStart((n * 37) % 1_500, "0"));

const lock = await DirectoryLock.take(directory).catch((error: Error) => fail(error.message));
const positions = new Map<number, number>();
const journal = new Journal(
  new NodeDisk(directory),
  {
    onDurable(position) {
      const number = positions.get(position);
      if (number !== undefined) say(`durable ${number}`);
      positions.clear();
      write();
    },
    onFailure: (error) => fail(error.message),
  },
  { segmentMaxBytes: 100_000 },
);
const { snapshot, tail } = journal.takeRecovered(CHANNEL);
let last = snapshot === undefined ? 0 : numberIn(snapshot);
for (const { bytes } of tail) {
  if (numberIn(bytes) !== last + 1) fail(`found ${numberIn(bytes)} after ${last}`);
  last += 1;
}
say(`found ${last}`);

function write(): void {
  let position = 0;
  for (let count = 1 + (last % 7); count > 0; count -= 1) {
    last += 1;
    position = journal.append(CHANNEL, bytesOf(last));
    if (last % SNAPSHOT_EVERY === 0) {
      journal.snapshot(CHANNEL, Buffer.from(`${last}`), position as JournalPosition);
    }
  }
  positions.set(position, last);
  journal.flush();
}
write();
void lock;
