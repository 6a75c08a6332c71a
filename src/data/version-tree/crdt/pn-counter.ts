import type { Dot } from "../../../core/dot.ts";
import { HearsayError } from "../../../core/errors.ts";
import type { Origin } from "../../../core/peer.ts";
import { decodeUtf8Strict, encodeUtf8 } from "../../../core/text.ts";
import { ByteReader, ByteWriter } from "../../../core/varint.ts";
import type { VersionTree } from "../version-tree.ts";
import { writeOver } from "./lww-register.ts";

/** What one origin has counted up and down in all. */
interface Tally {
  readonly up: number;
  readonly down: number;
}

/** Origins in a counter; each life of a node is one. [because: all of them travel each time] */
const ORIGINS_MAX_COUNT = 4_096;

/**
 * A number that any node raises and lowers, under one key of a version tree: for each origin what
 * it has counted up and down, and of values written at once the larger for each. Deleting the key
 * is no part of it: who counts meanwhile would bring all of it back. [Shapiro 2011 §3.1.3]
 */
export class PnCounter {
  private readonly tree: VersionTree;
  private readonly key: string;
  private readonly origin: () => Origin;

  constructor(tree: VersionTree, key: string, origin: () => Origin) {
    this.tree = tree;
    this.key = key;
    this.origin = origin;
  }

  get value(): number {
    let sum = 0;
    for (const { down, up } of this.tallies().values()) sum += up - down;
    return sum;
  }

  /**
   * Adds a whole number, which may be below 0.
   * @throws HearsayError CONFIG_OPTION, STORE_FULL; or as `VersionTree.put`
   */
  add(amount: number): Dot | undefined {
    const tallies = this.tallies();
    const origin = this.origin();
    const { down, up } = tallies.get(origin) ?? { up: 0, down: 0 };
    const tally = amount >= 0 ? { up: up + amount, down } : { up, down: down - amount };
    if (!Number.isSafeInteger(tally.up) || !Number.isSafeInteger(tally.down)) {
      const rule = "counters take whole numbers, below 2^53 in all";
      throw new HearsayError("CONFIG_OPTION", `${this.key}: ${amount} added, but ${rule}.`);
    }
    tallies.set(origin, tally);
    if (tallies.size > ORIGINS_MAX_COUNT) {
      const fix = `${ORIGINS_MAX_COUNT} lives of nodes have counted; count on under another key`;
      throw new HearsayError("STORE_FULL", `${this.key}: ${fix}.`);
    }
    return writeOver(this.tree, this.key, encodeTallies(tallies));
  }

  private tallies(): Map<string, Tally> {
    const all = new Map<string, Tally>();
    for (const { update } of this.tree.read(this.key).values) {
      for (const [origin, { down, up }] of decodeTallies(update.value ?? new Uint8Array())) {
        const known = all.get(origin) ?? { up: 0, down: 0 };
        all.set(origin, { up: Math.max(known.up, up), down: Math.max(known.down, down) });
      }
    }
    return all;
  }
}

function encodeTallies(tallies: ReadonlyMap<string, Tally>): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(tallies.size);
  for (const [origin, { down, up }] of tallies) {
    const name = encodeUtf8(origin);
    writer.varint(name.length);
    writer.bytes(name);
    writer.varint(up);
    writer.varint(down);
  }
  return writer.finish();
}

/** Nothing of what is no counter: somebody has put another value under its key. */
function decodeTallies(bytes: Uint8Array): ReadonlyMap<string, Tally> {
  const reader = new ByteReader(bytes);
  const tallies = new Map<string, Tally>();
  const count = reader.varint();
  if (count === undefined || count > ORIGINS_MAX_COUNT) return tallies;
  for (let read = 0; read < count; read += 1) {
    const name = reader.bytes(reader.varint() ?? -1);
    const origin = name && decodeUtf8Strict(name);
    const up = reader.varint();
    const down = reader.varint();
    if (origin === undefined || up === undefined || down === undefined) return new Map();
    tallies.set(origin, { up, down });
  }
  return reader.remainingBytes > 0 ? new Map() : tallies;
}
