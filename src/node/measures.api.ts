import type { LinkReport } from "./links/links.api.ts";

/** What a node tells of itself in numbers; see docs/monitoring.md. */
export interface NodeMeasures {
  /** All counters, and how large is now what the node holds, by name. */
  metrics(): Readonly<Record<string, number>>;
  /** Those of `metrics` that only grow while the node lives; the others go up and down. */
  counts(): Readonly<Record<string, number>>;
  /** The links of this node, one for each peer that it talks to, by name. */
  links(): LinkReport[];
}
