import type { OrdererChange, OrderOutcome, OrderRequest } from "../core/orderer.ts";
import type { PeerId } from "../core/peer.ts";
import { type Feed, items, oneKey } from "./feed.ts";
import { encodeKept } from "./kept-text.ts";
import type { Session } from "./session.ts";
import type { StoreAnswer, StoreCommit } from "./store.messages.ts";

/** Voters in all. [raft] */
const VOTERS_MAX_COUNT = 64;

/** Changes the list of voters that a group keeps, if nobody else has changed it meanwhile. */
export class MemberChanges {
  private readonly session: Session;
  private readonly feed: Feed;
  private readonly onEnd: (request: OrderRequest, outcome: OrderOutcome) => void;

  constructor(
    session: Session,
    feed: Feed,
    onEnd: (request: OrderRequest, outcome: OrderOutcome) => void,
  ) {
    this.session = session;
    this.feed = feed;
    this.onEnd = onEnd;
  }

  /** Undefined when there would be none left, or too many. */
  votersAfter({ kind, peer }: OrdererChange): readonly PeerId[] | undefined {
    const others = this.feed.voters.names.filter((name) => name !== peer);
    const wanted = kind === "promote" ? [...others, peer] : others;
    return wanted.length > 0 && wanted.length <= VOTERS_MAX_COUNT ? wanted : undefined;
  }

  make(request: OrderRequest, wanted: readonly PeerId[]): void {
    const key = this.session.keys.voters;
    const value = encodeKept(wanted);
    const commit: StoreCommit = {
      compares: [{ key, of: "modified", revision: this.feed.voters.revision }],
      writes: [{ kind: "put", key, value }],
      reads: [oneKey(key)],
    };
    this.session.ask({ kind: "commit", ...commit }, (answer) => {
      if (answer.kind === "committed" && answer.isDone) {
        const { revision } = answer;
        this.feed.onVoters({ key, value, createdAt: revision, modifiedAt: revision });
      }
      this.onEnd(request, this.outcomeOf(answer));
    });
  }

  private outcomeOf(answer: StoreAnswer): OrderOutcome {
    if (answer.kind === "failed") {
      const isSure = answer.reason !== "unknown";
      return isSure ? { kind: "refused", reason: "noLeader" } : { kind: "uncertain" };
    }
    if (answer.kind === "committed" && answer.isDone) return { kind: "changed" };
    if (answer.kind === "committed") this.feed.onVoters(items(answer.found)[0]);
    return { kind: "refused", reason: "busy" };
  }
}
