import type { Env } from "../../core/env.ts";
import { log2 } from "../../core/math.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import { Consensus, takeChanges } from "./consensus.ts";
import { comparePeers, drawMember, type Group, type GroupLayout } from "./grouping.ts";
import { LayoutInUse } from "./layout-in-use.ts";
import { believedOf, toldOf } from "./lists.ts";
import type { MonitorWiring, Standing, Verdict } from "./monitor.contract.ts";
import type {
  GossipMessage,
  GroupSummary,
  MonitorMessage,
  RecordsMessage,
  SensorRecord,
  SuspectRow,
  VerdictMessage,
} from "./monitor.messages.ts";
import type { MonitorOptions } from "./monitor.options.ts";
import { MonitorRecords } from "./monitor-records.ts";

export interface MonitorTimer {
  readonly kind: "round" | "sample";
}

export type MonitorEnv = Env<MonitorMessage, MonitorTimer>;

/** Who suspects whom, of the members of this node's group and of all groups. */
export interface SuspectMatrix {
  readonly members: readonly SuspectRow<PeerId>[];
  readonly groups: readonly SuspectRow<string>[];
}

/**
 * Monitoring in the manner of GEMS: in each round a node tells one member of its group its gossip
 * list, its suspect matrix and what it has of everybody's sensors; now and then somebody of another
 * group hears how groups are. A message is as long as a group is large and groups are many, which
 * is about √n each. [spec aggregation §8]
 *
 * Its verdicts are a second opinion: membership is SWIM's, and nothing here changes it.
 */
export class Monitor implements Protocol<MonitorMessage, MonitorTimer> {
  private readonly env: MonitorEnv;
  private readonly wiring: MonitorWiring;
  private readonly options: MonitorOptions;
  private readonly memberSight: Consensus<PeerId>;
  private readonly groupSight: Consensus<string>;
  private readonly store: MonitorRecords;
  private readonly memberVerdicts = new Map<PeerId, Verdict>();
  private readonly groupVerdicts = new Map<string, Verdict>();
  private readonly inUse: LayoutInUse;
  private group: Group;
  private roundAtMs: number;
  private messagesCount = 0;
  private isStopped = false;

  constructor(env: MonitorEnv, wiring: MonitorWiring, options: MonitorOptions) {
    const { roster } = wiring;
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.inUse = new LayoutInUse(roster);
    this.group = this.ownGroup();
    this.roundAtMs = env.now();
    const { groupSafetyRoundsCount, lingerRoundsCount, quorum, safetyRoundsCount } = options;
    this.memberSight = new Consensus<PeerId>(env.self, {
      quorum,
      lingerRoundsCount,
      cleanupRounds: (count) => safetyRoundsCount + Math.ceil(2 * log2(count + 1)),
    });
    // News of a group goes through members of all groups: what counts is how many they all are.
    this.groupSight = new Consensus<string>(this.group.id, {
      quorum,
      lingerRoundsCount,
      cleanupRounds: () => groupSafetyRoundsCount + Math.ceil(2 * log2(this.layout.size + 1)),
    });
    this.store = new MonitorRecords(env, wiring, options);
    this.followRoster();
  }

  start(): void {
    this.armRound();
    // Not all nodes of a machine at one moment.
    this.env.setTimer({ kind: "sample" }, this.env.random.real() * this.options.roundIntervalMs);
  }

  stop(): void {
    this.isStopped = true;
  }

  get layout(): GroupLayout {
    return this.inUse.current;
  }

  get groupId(): string {
    return this.group.id;
  }

  /** Of this node's own group, this node among them. */
  members(): Standing<PeerId>[] {
    return this.memberSight.standings();
  }

  groups(): Standing<string>[] {
    return this.groupSight.standings();
  }

  matrix(): SuspectMatrix {
    return { members: this.memberSight.matrix(), groups: this.groupSight.matrix() };
  }

  /** Rounds of silence after which a member, or a group, is suspected. */
  get cleanupRounds(): { readonly members: number; readonly groups: number } {
    return { members: this.memberSight.cleanupRounds, groups: this.groupSight.cleanupRounds };
  }

  recordOf(peer: PeerId): SensorRecord | undefined {
    return this.store.records.get(peer);
  }

  records(): SensorRecord[] {
    return this.store.records.all();
  }

  /** What is known of all groups: of this node's own one, as it is now. */
  summaries(): GroupSummary[] {
    const others = this.store.summaries.all().filter(({ group }) => group !== this.group.id);
    return [this.ownSummary(this.store.summaries.seqOf(this.group.id)), ...others];
  }

  /** Living members, the lowest first: who speaks for all. As far as this node can see. */
  living(): PeerId[] {
    const living: PeerId[] = [];
    for (const { id, members } of this.layout.groups.values()) {
      if (this.groupSight.standing(id)?.verdict === "dead") continue;
      for (const peer of members) if (this.isLiving(peer)) living.push(peer);
    }
    return living.sort(comparePeers);
  }

  onTimer({ kind }: MonitorTimer): void {
    if (this.isStopped) return;
    if (kind === "sample") return this.onSample();
    this.armRound();
    this.round();
  }

  onMessage(from: PeerId, message: MonitorMessage): void {
    if (this.isStopped) return;
    const { counters } = this.wiring;
    this.messagesCount += 1;
    if (this.messagesCount > this.options.messagesMaxCount) {
      return counters.add("monitor.dropped.busy");
    }
    this.followRoster();
    const group = this.layout.groupOf(from);
    if (group === undefined) return counters.add("monitor.dropped.stranger");
    if (group.id !== message.group) return counters.add("monitor.dropped.layout");
    switch (message.kind) {
      case "verdict":
        return this.onVerdict(message);
      case "records":
        return this.onRecords(message);
      default:
        return this.onGossip(from, message);
    }
  }

  private round(): void {
    const { env, options, wiring } = this;
    wiring.counters.add("monitor.rounds");
    this.messagesCount = 0;
    this.followRoster();
    const now = env.now();
    const elapsed = Math.max(1, Math.round((now - this.roundAtMs) / options.roundIntervalMs));
    this.roundAtMs = now;
    const ears = elapsed > options.pauseRoundsCount ? "shut" : "open";
    if (ears === "shut") wiring.counters.add("monitor.pauses");
    this.memberSight.onRounds(elapsed, ears);
    this.groupSight.onRounds(elapsed, ears);
    this.memberSight.beat(this.roundCount());
    this.groupSight.beat(this.roundCount());
    this.judge();
    this.tellChanges();
    this.talk();
  }

  private talk(): void {
    const { env, options } = this;
    const { members } = this.group;
    const mate = drawMember(members, env);
    if (mate !== undefined) env.send(mate, this.gossip("ask", "mates"));
    if (!env.random.chance(Math.min(1, options.acrossCount / members.length))) return;
    const others = [...this.layout.groups.values()].filter(({ id }) => id !== this.group.id);
    const other = env.random.pick(others);
    const stranger = other && drawMember(other.members, env);
    if (stranger !== undefined) env.send(stranger, this.gossip("ask", "strangers"));
  }

  private onGossip(from: PeerId, message: GossipMessage): void {
    const isMate = message.group === this.group.id;
    const news = this.believed(message.members).map(({ heartbeat, peer: subject }) => {
      return { subject, heartbeat };
    });
    const groupNews = this.believed(message.groups).map(({ group: subject, heartbeat }) => {
      return { subject, heartbeat };
    });
    const returned = [
      ...(isMate ? this.memberSight.merge(from, news, message.memberRows) : []),
      ...this.groupSight.merge(message.group, groupNews, message.groupRows),
    ];
    if (returned.length > 0) {
      this.wiring.counters.add("monitor.returns", returned.length);
      this.tellChanges();
    }
    for (const mark of message.alerts) this.wiring.onAlertMark(mark);
    this.onRecords(message);
    this.answer(from, message);
  }

  /** An ask is answered by what is known here; an answer by what its sender lacks, if anything. */
  private answer(from: PeerId, message: GossipMessage): void {
    const company = message.group === this.group.id ? "mates" : "strangers";
    const lacked = this.store.lackedBy(message, company);
    if (message.kind === "ask") {
      const told = this.gossip("answer", company);
      return this.env.send(from, { ...told, ...lacked });
    }
    if (lacked.records.length + lacked.summaries.length === 0) return;
    this.env.send(from, { kind: "records", group: this.group.id, ...lacked });
  }

  private onRecords(message: Pick<RecordsMessage, "group" | "records" | "summaries">): void {
    for (const record of message.records) {
      if (message.group !== this.group.id || !this.memberSight.has(record.origin)) {
        this.wiring.counters.add("monitor.dropped.stranger");
      } else if (record.origin === this.env.self) this.store.outdo(record);
      else this.store.takeRecord(record);
    }
    for (const summary of message.summaries) {
      if (this.groupSight.has(summary.group)) this.store.takeSummary(summary);
      else this.wiring.counters.add("monitor.dropped.stranger");
    }
  }

  private onVerdict({ group, groups, members }: VerdictMessage): void {
    const { counters } = this.wiring;
    const heard = (verdict: "news" | "known" | "refused"): boolean => {
      if (verdict === "refused") counters.add("monitor.dropped.verdict");
      return verdict === "news";
    };
    const isMate = group === this.group.id;
    if (isMate) for (const peer of members) heard(this.memberSight.onVerdict(peer));
    const news = groups.filter((one) => heard(this.groupSight.onVerdict(one)));
    // Of another group one member hears; it tells its own.
    if (!isMate && news.length > 0) this.tellMates([], news);
    this.tellChanges();
  }

  /** Who notices agreement tells it: its own group all, and one of each other group. */
  private judge(): void {
    const members = this.memberSight.judge();
    const groups = this.groupSight.judge();
    if (members.length + groups.length === 0) return;
    this.wiring.counters.add("monitor.verdicts", members.length + groups.length);
    this.tellMates(members, groups);
    if (groups.length === 0) return;
    for (const { id, members: strangers } of this.layout.groups.values()) {
      const stranger = id === this.group.id ? undefined : drawMember(strangers, this.env);
      if (stranger !== undefined) this.env.send(stranger, this.verdict([], groups));
    }
  }

  private tellMates(members: readonly PeerId[], groups: readonly string[]): void {
    const message = this.verdict(members, groups);
    for (const mate of this.group.members) {
      if (mate !== this.env.self && this.isLiving(mate)) this.env.send(mate, message);
    }
  }

  private verdict(members: readonly PeerId[], groups: readonly string[]): VerdictMessage {
    return { kind: "verdict", group: this.group.id, members, groups };
  }

  private gossip(kind: "ask" | "answer", to: "mates" | "strangers"): GossipMessage {
    const { groupSight, memberSight, store, wiring } = this;
    const { random } = this.env;
    const isMate = to === "mates";
    return {
      kind,
      group: this.group.id,
      members: isMate
        ? toldOf(memberSight.news(), random, wiring.counters).map(({ heartbeat, subject }) => {
            return { peer: subject, heartbeat, seq: store.records.seqOf(subject) };
          })
        : [],
      memberRows: isMate ? memberSight.matrix() : [],
      groups: toldOf(groupSight.news(), random, wiring.counters).map(({ heartbeat, subject }) => {
        return { group: subject, heartbeat, seq: store.summaries.seqOf(subject) };
      }),
      groupRows: groupSight.matrix(),
      alerts: wiring.alertMarks(),
      records: [],
      summaries: [],
    };
  }

  private onSample(): void {
    const { env, options, store, wiring } = this;
    env.setTimer({ kind: "sample" }, options.sampleIntervalMs);
    this.followRoster();
    store.sample();
    const speaker = this.group.members.find((peer) => this.isLiving(peer));
    if (speaker === env.self) store.speak(this.ownSummary(store.summaries.nextSeq(this.group.id)));
    store.expire(this.memberSight, this.groupSight);
    wiring.onEpoch(Math.floor(env.wallClock() / options.sampleIntervalMs));
  }

  private ownSummary(seq: number): GroupSummary {
    const counts = { live: 0, suspect: 0, dead: 0, unheard: 0 };
    for (const { verdict } of this.memberSight.standings()) counts[verdict] += 1;
    const { dead, live, suspect } = counts;
    return this.store.summaryOf({ group: this.group.id, seq, dead, live, suspect });
  }

  /** Another membership may mean other groups; news of those who stay together is kept. */
  private followRoster(): void {
    const isFirst = this.memberVerdicts.size === 0;
    // Agreement on a group takes its cleanup time, and less than that to spread.
    const holdMs = 2 * this.groupSight.cleanupRounds * this.options.roundIntervalMs;
    const before = this.inUse.follow(this.env.now(), holdMs) ?? (isFirst ? this.layout : undefined);
    if (before === undefined) return;
    const group = this.ownGroup();
    if (group.id !== this.group.id) {
      this.memberSight.restart(this.env.self);
      this.groupSight.restart(group.id);
      this.memberVerdicts.clear();
      this.groupVerdicts.clear();
      this.wiring.onChange({ kind: "regrouped", group: group.id });
    }
    this.group = group;
    this.memberSight.setSubjects(group.members, (peer) => this.isGoneFor(peer));
    this.groupSight.setSubjects(this.layout.groups.keys(), (id) => {
      const known = before.groups.get(id);
      if (known === undefined) return false;
      return !this.layout.isShapeOf(known) || known.members.every((one) => this.isGoneFor(one));
    });
    this.store.expire(this.memberSight, this.groupSight);
    if (isFirst) this.tellChanges();
  }

  /** It left, or it is in another group now: here nobody need notice. */
  private isGoneFor(peer: PeerId): boolean {
    return this.wiring.roster.hasLeft(peer) || this.layout.groupOf(peer) !== undefined;
  }

  private tellChanges(): void {
    const { wiring } = this;
    const group = this.group.id;
    for (const { subject: peer, verdict } of takeChanges(this.memberVerdicts, this.memberSight)) {
      wiring.onChange({ kind: "member", peer, group, verdict });
    }
    for (const { subject, verdict } of takeChanges(this.groupVerdicts, this.groupSight)) {
      wiring.onChange({ kind: "group", group: subject, verdict });
    }
  }

  private isLiving(peer: PeerId): boolean {
    return (this.memberSight.standing(peer)?.verdict ?? "live") === "live";
  }

  private ownGroup(): Group {
    const { self } = this.env;
    // A node whose membership does not hold itself yet is by itself.
    return this.layout.groupOf(self) ?? { id: "all", bucket: "", bits: 0, members: [self] };
  }

  /** Rounds since the epoch: the beats of all are near each other, and of a later life later. */
  private roundCount(): number {
    return Math.max(0, Math.floor(this.env.wallClock() / this.options.roundIntervalMs));
  }

  private believed<Entry extends { readonly heartbeat: number }>(
    entries: readonly Entry[],
  ): readonly Entry[] {
    const most = this.roundCount() + this.options.seqAheadMaxMs / this.options.roundIntervalMs;
    return believedOf(entries, most, this.wiring.counters);
  }

  private armRound(): void {
    const { roundIntervalMs, roundJitterRatio } = this.options;
    const jitter = 1 + roundJitterRatio * (2 * this.env.random.real() - 1);
    this.env.setTimer({ kind: "round" }, roundIntervalMs * jitter);
  }
}
