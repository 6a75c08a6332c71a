import { addressKey } from "../../../core/address.ts";
import { ExpiringMap } from "../../../core/collections/expiring-map.ts";
import { addressFromBytes } from "../../../core/ip.ts";
import type { Suspicion } from "../suspicion/suspicion.ts";
import type { SwimMember } from "../swim.contract.ts";
import type { AliveMessage } from "../swim.messages.ts";
import type { SwimContext } from "../swim-context.ts";
import type { StoredMember } from "./member-record.ts";

/** Two nodes that fight for a name must not keep a member suspect for ever. */
const CHALLENGE_EVERY_MS = 30_000;
const CHALLENGES_MAX = 256;

interface Life {
  readonly meta: Uint8Array;
}

/**
 * Who was killed and comes back under its name at another address: which of the lives of a name has
 * it. The later one does, as soon as the former is dead, and not before: nobody else can tell a
 * later life from a thief. memberlist knows lives by their address alone.
 */
export class Lives {
  private readonly context: SwimContext;
  private readonly challenged = new ExpiringMap<string, true>(CHALLENGE_EVERY_MS, CHALLENGES_MAX);

  constructor(context: SwimContext) {
    this.context = context;
  }

  /** Whether `later` is a later life than `former`, as their metas tell. */
  isSuccessor(former: Life, later: Life): boolean {
    return this.context.passenger.isSuccessor?.(former.meta, later.meta) ?? false;
  }

  /**
   * Spec 14.1 step 4: who left, or has long been dead, may come back from another address. Departs
   * from memberlist: who is dead may do so at once if its meta shows that this is a later life.
   */
  isReclaimable(known: SwimMember, claim: AliveMessage): boolean {
    if (known.status === "left") return true;
    const { deadNodeReclaimMs } = this.context.options;
    if (known.status !== "dead") return false;
    if (this.isSuccessor(known, claim)) return true;
    if (deadNodeReclaimMs === 0) return false;
    return this.context.env.now() - known.statusSince > deadNodeReclaimMs;
  }

  /** Whether a member of this name may be doubted now because a later life of it knocks. */
  takeChallenge(name: string): boolean {
    const { env } = this.context;
    if (this.challenged.has(name, env.now())) return false;
    this.challenged.set(name, true, env.now());
    return true;
  }

  /**
   * Until it is clear whether the suspect is dead, the word of its successor is kept: it may not
   * come a second time. Of several the latest life, and of that the latest word.
   */
  keepWord(suspicion: Suspicion, claim: AliveMessage): void {
    const { successor } = suspicion;
    const isLatest =
      successor === undefined ||
      this.isSuccessor(successor, claim) ||
      (claim.incarnation > successor.incarnation && !this.isSuccessor(claim, successor));
    if (isLatest) suspicion.successor = claim;
  }

  /**
   * What an alive is filed under among the broadcasts. That of a successor does not displace the
   * word of the death of who was before it, which others may be waiting for; unless it is not above
   * it, and would be taken for dead by the same word.
   */
  broadcastKey(known: StoredMember, { addr, incarnation, node, port }: AliveMessage): string {
    const place = addressFromBytes(addr, port);
    const isAbove = known.status === "dead" && incarnation > known.incarnation;
    return place !== undefined && isAbove && !known.isAt(addr, port) ? addressKey(place) : node;
  }
}
