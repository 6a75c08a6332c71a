import type { Intents } from "./intents.ts";
import { MemberStore, SerfRecord } from "./member-store.ts";
import type {
  MembershipEnd,
  MembershipRecord,
  SerfCounters,
  SerfListener,
  SerfMember,
  SerfStatus,
} from "./serf.contract.ts";
import type { JoinIntentMessage, LeaveIntentMessage } from "./serf.messages.ts";

/** What an intent did: told something new, nothing new, or something false about this node. */
export type IntentVerdict = "news" | "known" | "refute";

export interface MembersWiring {
  selfName(): string;
  readonly maxCount: number;
  /** See `NameIndex`. */
  readonly indexSeed: number;
  readonly intents: Intents;
  readonly listener: SerfListener;
  readonly counters: SerfCounters;
  now(): number;
  /** Whether this node itself has begun to leave. */
  selfState(): SerfStatus;
  decodeTags(meta: Uint8Array): ReadonlyMap<string, string>;
  /** Ask for `finishPrune(name)` when others had time to hear of the leave. */
  pruneLater(name: string): void;
  onErased(name: string): void;
}

/**
 * Serf's table of members. Membership below says who is there; intents say whether somebody who is
 * gone had meant to go. The transitions are those of specs/memberlist-wire.md section 21.5, row by
 * row. Invariant: `statusLTime` of a member only grows.
 */
export class Members {
  private readonly wiring: MembersWiring;
  private readonly decodeTags: (meta: Uint8Array) => ReturnType<MembersWiring["decodeTags"]>;
  private readonly byName: MemberStore;
  private readonly counts: Record<SerfStatus, number> = {
    alive: 0,
    leaving: 0,
    left: 0,
    failed: 0,
  };

  constructor(wiring: MembersWiring) {
    this.wiring = wiring;
    // One for all, not one for each of many members.
    this.decodeTags = (meta) => wiring.decodeTags(meta);
    this.byName = new MemberStore(wiring.indexSeed, this.decodeTags);
  }

  get size(): number {
    return this.byName.size;
  }

  count(status: SerfStatus): number {
    return this.counts[status];
  }

  get(name: string): SerfMember | undefined {
    return this.byName.get(name);
  }

  /** Nothing may be forgotten meanwhile. */
  values(): IterableIterator<SerfMember> {
    return this.byName.values();
  }

  onJoin(record: MembershipRecord): void {
    const known = this.byName.get(record.name);
    if (known === undefined && !this.makeRoom()) {
      this.wiring.counters.add("serf.dropped.membersFull");
      return;
    }
    const member = known === undefined ? this.newcomer(record) : this.returner(record, known);
    this.put(member);
    this.wiring.listener.onMemberJoin(member);
  }

  onLeave(name: string, end: MembershipEnd): void {
    const member = this.byName.get(name);
    if (member === undefined) {
      this.wiring.counters.add("serf.dropped.strangerLeft");
    } else if (member.status === "leaving" || (member.status === "alive" && end === "left")) {
      // Departs from Serf, for which only the intent makes a leaver: decision 0005.
      this.wiring.listener.onMemberLeave(this.become(member, "left"));
    } else if (member.status === "alive") {
      this.wiring.listener.onMemberFail(this.become(member, "failed"));
    } else {
      this.wiring.counters.add("serf.dropped.statusLeave");
    }
  }

  onUpdate(record: MembershipRecord): void {
    const member = this.byName.get(record.name);
    if (member === undefined) {
      this.wiring.counters.add("serf.dropped.strangerLeft");
      return;
    }
    const updated = member.changed({ record });
    this.put(updated);
    this.wiring.listener.onMemberUpdate(updated);
  }

  onJoinIntent({ node, lTime }: JoinIntentMessage): IntentVerdict {
    const member = this.byName.get(node);
    if (member === undefined) return this.buffer("join", node, lTime);
    if (lTime <= member.statusLTime) return "known";
    const stays = member.changed({ statusLTime: lTime });
    this.put(stays);
    if (member.status === "leaving") {
      this.wiring.listener.onMemberIntent(this.become(stays, "alive"));
    }
    return "news";
  }

  onLeaveIntent({ node, lTime, prune }: LeaveIntentMessage): IntentVerdict {
    const member = this.byName.get(node);
    if (member === undefined) return this.buffer("leave", node, lTime);
    if (lTime <= member.statusLTime) return "known";
    if (node === this.wiring.selfName() && this.wiring.selfState() === "alive") return "refute";
    this.applyLeave(member.changed({ statusLTime: lTime }));
    if (prune) this.prune(node);
    return "news";
  }

  /** The wait of `pruneLater` is over. Departs from Serf: who came back meanwhile is kept. */
  finishPrune(name: string): void {
    const member = this.byName.get(name);
    if (member !== undefined && member.status !== "alive") this.erase(member);
  }

  /** Forgets members that failed or left before these times. */
  reap(failedBeforeMs: number, leftBeforeMs: number): void {
    const due: SerfRecord[] = [];
    for (const member of this.byName.values()) {
      const isFailedLong = member.status === "failed" && member.statusSinceMs < failedBeforeMs;
      const isLeftLong = member.status === "left" && member.statusSinceMs < leftBeforeMs;
      if (isFailedLong || isLeftLong) due.push(member);
    }
    for (const member of due) this.erase(member);
  }

  private newcomer(record: MembershipRecord): SerfRecord {
    const intent = this.wiring.intents.take(record.name);
    const fields = {
      status: intent?.kind === "leave" ? "leaving" : "alive",
      statusLTime: intent?.lTime ?? 0,
      statusSinceMs: this.wiring.now(),
    } as const;
    return new SerfRecord(record, fields, this.decodeTags);
  }

  private returner(record: MembershipRecord, known: SerfRecord): SerfRecord {
    const statusSinceMs = known.status === "alive" ? known.statusSinceMs : this.wiring.now();
    return known.changed({ record, status: "alive", statusSinceMs });
  }

  private buffer(kind: "join" | "leave", name: string, lTime: number): IntentVerdict {
    const isNews = this.wiring.intents.keep(name, { kind, lTime, heardAtMs: this.wiring.now() });
    return isNews ? "news" : "known";
  }

  private applyLeave(member: SerfRecord): void {
    this.put(member);
    if (member.status === "alive") {
      this.wiring.listener.onMemberIntent(this.become(member, "leaving"));
    } else if (member.status === "failed") {
      this.wiring.listener.onMemberLeave(this.become(member, "left"));
    }
  }

  private prune(name: string): void {
    const member = this.byName.get(name);
    if (member?.status === "leaving") this.wiring.pruneLater(name);
    else if (member !== undefined) this.erase(member);
  }

  private become(member: SerfRecord, status: SerfStatus): SerfRecord {
    const changed = member.changed({ status, statusSinceMs: this.wiring.now() });
    this.put(changed);
    return changed;
  }

  private put(member: SerfRecord): void {
    const previous = this.byName.get(member.name);
    if (previous !== undefined) this.counts[previous.status] -= 1;
    this.counts[member.status] += 1;
    this.byName.put(member.record, member);
  }

  private erase(member: SerfMember): void {
    this.byName.delete(member.name);
    this.counts[member.status] -= 1;
    this.wiring.onErased(member.name);
    this.wiring.listener.onMemberReap(member);
  }

  /** True when there is room for one more, if need be by forgetting who is gone the longest. */
  private makeRoom(): boolean {
    if (this.byName.size < this.wiring.maxCount) return true;
    const oldest = this.byName.oldestOf(["failed", "left"]);
    if (oldest === undefined) return false;
    this.erase(oldest);
    return true;
  }
}
