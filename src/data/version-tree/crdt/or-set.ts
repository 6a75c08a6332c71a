import type { Dot } from "../../../core/dot.ts";
import type { VersionTree } from "../version-tree.ts";
import { OrMap } from "./or-map.ts";

const present = new Uint8Array(0);

/** A set of texts: what is added while another node takes it out stays in. [Shapiro 2011 §3.3.5] */
export class OrSet {
  private readonly members: OrMap;

  /** Its members are the keys of `tree` that begin with `prefix`. */
  constructor(tree: VersionTree, prefix: string) {
    this.members = new OrMap(tree, prefix);
  }

  has(member: string): boolean {
    return this.members.has(member);
  }

  /** Also when it is in already: a deletion that has not seen this then leaves it in. */
  add(member: string): Dot | undefined {
    return this.members.set(member, present);
  }

  delete(member: string): Dot | undefined {
    return this.members.delete(member);
  }

  /** Looks through all keys of the tree. */
  values(): IterableIterator<string> {
    return this.members.names();
  }
}
