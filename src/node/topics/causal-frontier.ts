import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { Dot } from "../../core/dot.ts";
import type { Origin } from "../../core/peer.ts";
import type { Cause } from "../api.ts";

export interface FrontierOptions {
  /** Most causes of one topic that a message names. */
  readonly causesMaxCount: number;
}

/** What was said, and after what. */
export interface Saying {
  readonly tag: string;
  readonly dot: Dot;
  readonly after: readonly Cause[];
}

/** The latest of one life that nothing later in its own topic came after. */
interface Edge {
  readonly seq: number;
  /** Other topics in which something came after it. */
  impliedIn: Set<string> | undefined;
}

/**
 * What the next message of this node comes after, in as few words as do: the direct predecessors.
 * [Prakash, Raynal and Singhal 1997, causal barriers]
 *
 * Whoever has one message has, by what that one names, all that it came after, so those need no
 * names: a message names as many as were said at about the same time, however many publishers there
 * are. But a node may take part in some topics of the group only, and then cannot follow a chain
 * through another. So a cause is left out only where something later in its own topic, or in the
 * topic of the message that is written, came after it: all who care for both can see that.
 */
export class CausalFrontier {
  private readonly options: FrontierOptions;
  private readonly count: (name: string) => void;
  /** By tag and life. */
  private readonly edges = new Map<string, BoundedMap<Origin, Edge>>();

  constructor(options: FrontierOptions, count: (name: string) => void) {
    this.options = options;
    this.count = count;
  }

  /** Delivered here, or said here. */
  note({ after, dot, tag }: Saying): void {
    for (const cause of after) this.imply(tag, cause);
    const own = this.edgesOf(tag);
    const before = own.peek(dot.origin);
    if (before !== undefined && before.seq >= dot.seq) return;
    if (before === undefined && own.size === own.capacity) this.count("topics.causesDropped");
    own.set(dot.origin, { seq: dot.seq, impliedIn: undefined });
  }

  /** What a message of this topic names, the latest first. */
  causes(tag: string): Cause[] {
    const causes: Cause[] = [];
    for (const [cause, edges] of this.edges) {
      const those: Cause[] = [];
      for (const [origin, { impliedIn, seq }] of edges) {
        if (impliedIn?.has(tag) !== true) those.push({ tag: cause, origin, seq });
      }
      causes.push(...those.reverse());
    }
    return causes;
  }

  private imply(by: string, { origin, seq, tag }: Cause): void {
    const edges = this.edges.get(tag);
    const edge = edges?.peek(origin);
    if (edge === undefined || edge.seq > seq) return;
    if (tag === by) edges?.delete(origin);
    else {
      edge.impliedIn ??= new Set();
      edge.impliedIn.add(by);
    }
  }

  /** Beyond the bound the one said longest ago is left out: it is known everywhere by now. */
  private edgesOf(tag: string): BoundedMap<Origin, Edge> {
    let edges = this.edges.get(tag);
    if (edges === undefined) {
      edges = new BoundedMap(this.options.causesMaxCount);
      this.edges.set(tag, edges);
    }
    return edges;
  }
}
