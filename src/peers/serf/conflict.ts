import { addressKey } from "../../core/address.ts";
import type { SerfContext } from "./context.ts";
import type { QueryCollector } from "./queries.ts";
import type { QueryId, QueryResult } from "./serf.contract.ts";

/**
 * Two nodes with one name: the others are asked where they believe the name to be, and the node in
 * the minority stops. Source: spec section 24.6.
 *
 * Departs from Serf, where no answer at all counts as a lost vote: here it decides nothing, or one
 * forged claim and a lost packet would stop a node.
 */
export class ConflictVoteCollector implements QueryCollector {
  private readonly context: SerfContext;
  private readonly onEnd: () => void;

  constructor(context: SerfContext, onEnd: () => void) {
    this.context = context;
    this.onEnd = onEnd;
  }

  onAck(): void {}

  onAnswer(): "more" {
    return "more";
  }

  onDone(_id: QueryId, { answers }: QueryResult): void {
    this.onEnd();
    const { codec, listener, membership } = this.context;
    const own = addressKey(membership.local.address);
    let answersCount = 0;
    let matchingCount = 0;
    for (const { payload } of answers) {
      const vote = codec.decode(payload);
      if (vote?.kind !== "conflictResponse") continue;
      answersCount += 1;
      if (vote.member === undefined) continue;
      const address = membership.addressOf(vote.member.addr, vote.member.port);
      if (address !== undefined && addressKey(address) === own) matchingCount += 1;
    }
    if (answersCount === 0) return;
    const hasMajority = matchingCount >= Math.floor(answersCount / 2) + 1;
    if (hasMajority) listener.onConflictWon({ answersCount, matchingCount });
    else listener.onConflictLost({ answersCount, matchingCount });
  }
}
