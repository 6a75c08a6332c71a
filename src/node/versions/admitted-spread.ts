import type { Dot } from "../../core/dot.ts";
import type { Version, VersionUpdate } from "../../data/version-tree/version-tree.messages.ts";
import type { VersionTree } from "../../data/version-tree/version-tree.ts";
import { SpreadReplica } from "../topics/spread-replica.ts";

/** Writes from before that are pushed then; anti-entropy brings the others. [guess] */
const EARLY_MAX_COUNT = 64;

/**
 * What this node writes goes along trees, and what they carry is taken, from the moment in which
 * another member is known to wait for this node. Trees reach those for whom nobody waits, too: what
 * such a one had taken, or had given and kept, could come back with its disk when all others have
 * forgotten that it was deleted. [spec state transfer §5]
 */
export class AdmittedSpread {
  private readonly tree: VersionTree;
  private readonly early: Version[] = [];
  private spread: SpreadReplica<VersionUpdate> | undefined;

  constructor(tree: VersionTree) {
    this.tree = tree;
    tree.subscribe({
      onNews: (dot, update, from) => {
        if (from === undefined) this.onWrite(dot, update);
      },
    });
  }

  /** `enrol` puts a replica under the trees; they carry it from now on. In a step. */
  begin(enrol: (replica: SpreadReplica<VersionUpdate>) => void): void {
    const { tree } = this;
    const spread = new SpreadReplica(tree);
    this.spread = spread;
    enrol(spread);
    for (const { dot, update } of this.early.splice(0)) {
      if (tree.get(dot) !== undefined) spread.spread(dot, update);
    }
  }

  private onWrite(dot: Dot, update: VersionUpdate): void {
    if (this.spread !== undefined) this.spread.spread(dot, update);
    else if (this.early.length < EARLY_MAX_COUNT) this.early.push({ dot, update });
  }
}
