import { type DeltaBudget, HAS_NOTHING } from "./delta-budget.ts";
import type { Digest, StateDigest } from "./node-state.messages.ts";
import type { NodeState } from "./node-state.ts";

/*
 * What Cassandra's gossiper answers to each digest of a SYN [spec Scuttlebutt §7]:
 *
 *   unknown, or an older life is known here      request all
 *   an older life is known there                 send all
 *   the same life, further there                 request what is above ours
 *   the same life, further here                  send what is above theirs
 *   equal                                        nothing
 *
 * Those that differ most come first. Lives that are news were learned from the SYN before, so that
 * "request all" is to request what is above a copy that holds nothing. Nodes that the SYN does not
 * name are not sent: their turn is when this node begins a round.
 */

/** What is asked for. */
export function gossipWants(state: NodeState, theirs: Digest): StateDigest[] {
  const wanted: { readonly gap: number; readonly mine: StateDigest }[] = [];
  for (const their of theirs.states) {
    const mine = state.copyOf(their.origin);
    const gap = mine === undefined ? 0 : their.maxVersion - mine.toldVersion;
    if (mine !== undefined && gap > 0) wanted.push({ gap, mine: mine.digest() });
  }
  return wanted.sort((one, other) => other.gap - one.gap).map(({ mine }) => mine);
}

/** What is sent; the budget orders it. Who knows another life of a node knows nothing of ours. */
export function wantNamed(state: NodeState, theirs: Digest, budget: DeltaBudget): void {
  for (const their of theirs.states) {
    const mine = state.livingCopy(their.origin);
    if (mine !== undefined) budget.want(mine, mine.origin === their.origin ? their : HAS_NOTHING);
  }
}
