import type { Origin } from "../../core/peer.ts";
import type { ReplicaSetOptions } from "./replica-set.options.ts";

/** Members that wait for those before them to evict somebody. */
const RANK_MAX = 16;

/** One look at a set. */
export interface Roll {
  readonly replica: string;
  /** In the order of their names. */
  readonly members: readonly Origin[];
  /** This node, if it stands in the set. */
  readonly own: Origin;
  /** True while that very life is alive. */
  readonly isLiving: (origin: Origin) => boolean;
  readonly nowMs: number;
}

/**
 * For how long members have been away, as this node saw it. A life that was followed by another is
 * away, too: if that one does not open the replica, nobody has that life's state.
 */
export class Absences {
  private readonly options: ReplicaSetOptions;
  private readonly sinceMs = new Map<string, Map<Origin, number>>();

  constructor(options: ReplicaSetOptions) {
    this.options = options;
  }

  /** As of the last look; undefined when it was there. */
  awayMs(replica: string, origin: Origin, nowMs: number): number | undefined {
    const since = this.sinceMs.get(replica)?.get(origin);
    return since === undefined ? undefined : nowMs - since;
  }

  /**
   * Whom this node has to evict now. Every member would: they do it in the order of their names,
   * an upkeep apart, so that as a rule one does it for all.
   */
  due({ isLiving, members, nowMs, own, replica }: Roll): Origin[] {
    const before = this.sinceMs.get(replica);
    const away = new Map<Origin, number>();
    for (const origin of members) {
      if (origin !== own && !isLiving(origin)) away.set(origin, before?.get(origin) ?? nowMs);
    }
    if (away.size === 0) this.sinceMs.delete(replica);
    else this.sinceMs.set(replica, away);
    if (!members.includes(own)) return [];
    const rank = members.filter((one) => one !== own && isLiving(one) && one < own).length;
    const { evictAfterMs, upkeepIntervalMs } = this.options;
    const patienceMs = evictAfterMs + Math.min(rank, RANK_MAX) * upkeepIntervalMs;
    return [...away].flatMap(([origin, since]) => (nowMs - since >= patienceMs ? [origin] : []));
  }
}
