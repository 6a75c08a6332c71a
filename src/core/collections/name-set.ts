import type { Random } from "../random.ts";
import { at } from "./at.ts";
import { NameIndex } from "./name-index.ts";
import { sampleItems } from "./random-set.ts";

export interface NameWish {
  readonly random: Random;
  readonly count: number;
  readonly exclude?: string | undefined;
}

/** A `RandomSet` of names that takes 15 bytes a name, not 54. Same order, same draws. */
export class NameSet<Name extends string = string> {
  private readonly names: Name[] = [];
  private readonly index: NameIndex;

  /** @param seed see `NameIndex` */
  constructor(seed: number) {
    this.index = new NameIndex(seed, (place) => at(this.names, place));
  }

  get size(): number {
    return this.names.length;
  }

  has(name: Name): boolean {
    return this.index.find(name) !== undefined;
  }

  /** False when it was there. */
  add(name: Name): boolean {
    if (this.has(name)) return false;
    this.names.push(name);
    this.index.add(this.names.length - 1);
    return true;
  }

  /** False when it was not there. The last name takes its place. */
  delete(name: Name): boolean {
    const place = this.index.find(name);
    if (place === undefined) return false;
    this.index.remove(name);
    const last = this.names.length - 1;
    if (place !== last) {
      this.index.move(last, place);
      this.names[place] = at(this.names, last);
    }
    this.names.pop();
    return true;
  }

  /** As `RandomSet.sample`. */
  sample<Out>(wish: NameWish, out: (Name | Out)[]): number {
    const { count, exclude, random } = wish;
    const excluded = exclude === undefined ? undefined : this.index.find(exclude);
    return sampleItems<Name | Out>(this.names, { random, count, excluded }, out);
  }

  [Symbol.iterator](): IterableIterator<Name> {
    return this.names[Symbol.iterator]();
  }
}
