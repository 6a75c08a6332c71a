import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { HearsayError } from "../../core/errors.ts";
import { makeOrigin, type Origin, parseOrigin } from "../../core/peer.ts";
import { Absences } from "../../data/replica-set/absences.ts";
import { type PlaceRecord, REPLICA_SETS } from "../../data/replica-set/replica-set.messages.ts";
import type { ReplicaSetOptions } from "../../data/replica-set/replica-set.options.ts";
import {
  placeBytes,
  placeCodec,
  replicaSetsCodec,
} from "../../data/replica-set/replica-set.wire.ts";
import type {
  ReplicaSetsJournal,
  StateFate,
} from "../../data/replica-set/replica-sets.contract.ts";
import { ReplicaSets } from "../../data/replica-set/replica-sets.ts";
import { ReplicaSetsFile } from "../../data/replica-set/replica-sets-file.ts";
import { Stability } from "../../data/replica-set/stability.ts";
import type { AntiEntropyProgress } from "../../exchange/anti-entropy/anti-entropy.contract.ts";
import type { Enrolled } from "../../exchange/enrolled.ts";
import type { NodeTimers } from "../node-host.ts";
import type { NodeStore } from "../node-store.ts";
import type { OriginSets } from "../stack/data-layer.ts";
import { Admissions } from "./admissions.ts";
import { ReplicaPeers } from "./replica-peers.ts";

/** Peers that are told of a goodbye, each in a round of its own. */
const GOODBYE_PEERS_COUNT = 3;
/** Longest wait for one of them to have heard it. [guess] */
const GOODBYE_MAX_MS = 2_000;

export interface ReplicaBookPorts {
  readonly options: ReplicaSetOptions;
  readonly store: NodeStore | undefined;
  readonly timers: NodeTimers;
  readonly now: () => number;
  readonly origin: () => Origin;
  readonly count: (name: string, by?: number) => void;
  step<R>(body: () => R): R;
  afterStep(body: () => void): void;
  enrol(enrolled: Enrolled): void;
  useSets(sets: OriginSets): void;
  compareNow(peersCount: number): void;
  /** The boot of the life that the member of this name lives; undefined while it is not alive. */
  livingBoot(name: string): number | undefined;
  /** Begins another life with a boot above `floor`, persisted when this returns. */
  renewLife(floor: number): Origin;
  /** Last in a step: this node was put out, and has begun anew. */
  onEvicted(eviction: HearsayError): void;
  /** Last in a step: a catch-up has come on. */
  onProgress(progress: AntiEntropyProgress): void;
  /** Last in a step: somebody came, left or was put out. */
  onPlace(record: PlaceRecord): void;
}

/** A replica of this node. */
export interface Participant {
  readonly name: string;
  readonly seen: () => ReadonlyDotSet;
  /**
   * "bounds": nothing goes because it is stable, so that an old disk does no harm. Absent: what is
   * stable may be forgotten, and what others have forgotten must not come back from an old disk.
   */
  readonly forgets?: "bounds";
  /** Forgets all it holds and has seen: it will be told anew. */
  discard(): void;
}

interface Announced {
  readonly boot: number;
  readonly sinceBoot: number;
}

/** "outdated": the disk is older than what others had from it. */
type Fate = StateFate | "outdated";

interface Opened extends Participant {
  sinceBoot: number;
}

/** The places of this node in the replica sets of what it replicates, and those of the others. */
export class ReplicaBook {
  readonly sets: ReplicaSets;
  readonly peers: ReplicaPeers;
  readonly admissions: Admissions;
  private readonly ports: ReplicaBookPorts;
  private readonly stability = new Stability();
  private readonly absences: Absences;
  private readonly opened = new Map<string, Opened>();
  /** Updates that a catch-up still has to bring, as of its last message. */
  private readonly missing = new Map<string, number>();
  private readonly goodbyeListeners: (() => void)[] = [];
  /** What became of sets in this step, and is to be drawn from it when the step has ended. */
  private readonly fates = new Map<string, Fate>();
  /** Announcements of this name that this disk holds: only they say whose state is on it. */
  private readonly recovered = new Map<string, Announced>();
  private file: ReplicaSetsFile | undefined;
  private timer: number | undefined;
  private renewedAtMs = Number.NEGATIVE_INFINITY;
  private hasLeft = false;
  private isRenewing = false;

  constructor(ports: ReplicaBookPorts) {
    this.ports = ports;
    const { count, options, origin } = ports;
    this.absences = new Absences(options);
    const afterStep = (body: () => void): void => ports.afterStep(body);
    const journal: ReplicaSetsJournal = {
      onRecord: (dot, record) => this.file?.onRecord(dot, record),
      onCovered: (dots) => this.file?.onCovered(dots),
    };
    this.sets = new ReplicaSets({ origin, afterStep, counters: { add: count }, journal }, options);
    this.peers = new ReplicaPeers({ ...ports, sets: this.sets, stability: this.stability });
    this.admissions = new Admissions({ peers: this.peers, afterStep });
    this.sets.listen({
      onChange: (record) => ports.onPlace(record),
      onEvicted: (replica, { state }) => this.note(replica, state),
      onSucceeded: (replica) => this.note(replica, "keeps"),
      onOutdated: (replica) => {
        if (this.opened.get(replica)?.forgets === undefined) this.note(replica, "outdated");
      },
      onOverruled: (replica) => {
        if (this.opened.get(replica)?.seen().isEmpty === false) this.note(replica, "discards");
      },
    });
  }

  /** In a step. Takes its place in the set, as the disk had it; without one nobody waits for it. */
  open(participant?: Participant): void {
    if (this.opened.size === 0) this.begin();
    if (participant !== undefined) this.take(participant);
  }

  /** All that every member of the set is known to have seen, of what this node has. */
  stable(name: string): ReadonlyDotSet {
    const seen = this.opened.get(name)?.seen();
    if (seen === undefined) throw new HearsayError("REPLICA_UNKNOWN", `${name} is not open here`);
    return this.stability.stable(name, seen, this.others(name));
  }

  /** The life of this node since which it holds, on disk or in memory, all that it has written. */
  heldSince(name: string): Origin {
    const since = this.opened.get(name)?.sinceBoot;
    const isOfDisk = since !== undefined && since === this.recovered.get(name)?.sinceBoot;
    return isOfDisk ? makeOrigin(this.own.name, since) : this.ports.origin();
  }

  /** How much of it this node has seen, and how much all members are known to have. */
  countsOf(replica: string): { seenCount: number; stableCount: number } | object {
    const seen = this.opened.get(replica)?.seen();
    if (seen === undefined) return {};
    return { seenCount: seen.size, stableCount: this.stable(replica).size };
  }

  /** Updates that are known to be missing here, of all replicas, while they are being fetched. */
  get missingCount(): number {
    let count = 0;
    for (const one of this.missing.values()) count += one;
    return count;
  }

  /** For how long a member has been away; undefined when it is here. */
  awayMs(replica: string, origin: Origin): number | undefined {
    return this.absences.awayMs(replica, origin, this.ports.now());
  }

  /** @throws HearsayError REPLICA_UNKNOWN, MEMBER_UNKNOWN, CONFIG_OPTION */
  evict(replica: string, name: string): Origin {
    const members = this.sets.members(replica);
    if (members.length === 0) {
      const known = [...this.opened.keys()].filter((one) => one !== REPLICA_SETS);
      const hint = `nobody replicates ${JSON.stringify(replica)}; open here: ${known.join(", ")}`;
      throw new HearsayError("REPLICA_UNKNOWN", hint);
    }
    const origin = members.find((member) => parseOrigin(member)?.name === name);
    if (origin === undefined) {
      const who = members.map((member) => parseOrigin(member)?.name).join(", ");
      const detail = `${JSON.stringify(name)} has no place in ${replica}; members are: ${who}`;
      throw new HearsayError("MEMBER_UNKNOWN", detail);
    }
    if (origin === this.ports.origin()) {
      const fix = "call leave() here, or evict it from another node";
      throw new HearsayError("CONFIG_OPTION", `a node does not evict itself; ${fix}.`);
    }
    this.ports.step(() => this.sets.evict(replica, origin, this.peers.livingCount(replica)));
    return origin;
  }

  /** Tells the others that nobody need wait for this node; resolves when one of them knows. */
  leave(): Promise<void> {
    if (this.opened.size === 0 || this.hasLeft) return Promise.resolve();
    this.hasLeft = true;
    return new Promise((resolve) => {
      const timer = this.ports.timers.startTimer(resolve, GOODBYE_MAX_MS);
      this.goodbyeListeners.push(() => {
        this.ports.timers.stopTimer(timer);
        resolve();
      });
      this.ports.step(() => {
        for (const name of this.opened.keys()) this.sets.leave(name);
        if (this.others(REPLICA_SETS).length === 0) this.onGoodbyeHeard();
        else this.ports.compareNow(GOODBYE_PEERS_COUNT);
      });
    });
  }

  /** This life got another number before it said anything: so did its places. */
  onBootRaised(): void {
    if (this.opened.size > 0 && !this.isRenewing) this.announceAll();
  }

  close(): void {
    this.onGoodbyeHeard();
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
  }

  private begin(): void {
    const { options, store } = this.ports;
    // Not before: a node that replicates nothing leaves its disk alone.
    this.file =
      store && new ReplicaSetsFile(store.channel(REPLICA_SETS), replicaSetsCodec, options);
    const strangeCount = this.file?.open(this.sets) ?? 0;
    if (strangeCount > 0) this.ports.count("topics.strangeRecords", strangeCount);
    this.noteRecovered();
    this.ports.useSets({
      replica: REPLICA_SETS,
      isRefused: (origin, replica) => this.isRefused(origin, replica),
      onProgress: (progress) => this.onProgress(progress),
      onSeen: (origin, replica, seen) => this.onSeen(origin, replica, seen),
    });
    const { sets } = this;
    const own = { name: REPLICA_SETS, forgets: "bounds", discard: () => {} } as const;
    this.take({ ...own, seen: () => sets.seen });
    const enrolled = { name: REPLICA_SETS, replica: sets, sizeOf: placeBytes, codec: placeCodec };
    this.ports.enrol(enrolled);
    this.startUpkeep();
  }

  private noteRecovered(): void {
    const { name } = this.own;
    for (const replica of this.sets.places.replicas()) {
      const announced = this.sets.places.announcementOf(replica, name);
      if (announced !== undefined) this.recovered.set(replica, announced);
    }
  }

  private take(participant: Participant): void {
    const { name } = participant;
    const { boot, name: ownName } = this.own;
    const former = this.recovered.get(name);
    let sinceBoot = boot;
    if (former !== undefined) {
      const origin = makeOrigin(ownName, former.boot);
      const standing = this.sets.standingOf(name, origin);
      if (standing === "evicted") {
        participant.discard();
        this.tellEvicted([name]);
      } else if (standing !== "left") sinceBoot = former.sinceBoot;
      // Nobody waited for it, so that what has been deleted since may be forgotten by all others.
      else if (participant.forgets === undefined) participant.discard();
    }
    this.opened.set(name, { ...participant, sinceBoot });
    this.sets.announce(name, sinceBoot);
  }

  private isRefused(origin: Origin, replica: string): boolean {
    if (replica === REPLICA_SETS) return false;
    const standing = this.sets.standingOf(replica, origin);
    return standing === "evicted" || standing === "former";
  }

  private onSeen(origin: Origin, replica: string, seen: ReadonlyDotSet): void {
    if (this.opened.has(replica)) this.stability.note(replica, origin, seen);
    this.admissions.look(replica);
    if (replica === REPLICA_SETS && this.hasLeft && seen.contains(this.sets.seen)) {
      this.onGoodbyeHeard();
    }
  }

  private onProgress(progress: AntiEntropyProgress): void {
    const { missingCount, replica } = progress;
    if (replica === REPLICA_SETS) return;
    this.admissions.look(replica);
    if (missingCount === 0) this.missing.delete(replica);
    else this.missing.set(replica, missingCount);
    this.ports.afterStep(() => this.ports.onProgress(progress));
  }

  private onGoodbyeHeard(): void {
    for (const tell of this.goodbyeListeners.splice(0)) tell();
  }

  /** Last in a step: what happened to this node's places is acted on once for all of them. */
  private note(replica: string, fate: Fate): void {
    if (!this.opened.has(replica)) return;
    if (this.fates.size === 0) this.ports.afterStep(() => this.beginAnew());
    const before = this.fates.get(replica);
    if (before === undefined || before === "keeps") this.fates.set(replica, fate);
  }

  /**
   * Another life, for nobody counts on this one any more. Not more often than upkeep comes: two
   * nodes of one name would drive each other on and on.
   */
  private beginAnew(): void {
    const { now, options } = this.ports;
    if (this.hasLeft || this.fates.size === 0) return;
    if (now() - this.renewedAtMs < options.upkeepIntervalMs) return;
    this.renewedAtMs = now();
    this.ports.step(() => {
      const fates = new Map(this.fates);
      this.fates.clear();
      this.renew(fates);
      this.ports.compareNow(1);
    });
  }

  private renew(fates: ReadonlyMap<string, Fate>): void {
    const { name } = this.own;
    let floor = 0;
    for (const replica of this.opened.keys()) {
      floor = Math.max(floor, this.sets.places.announcementOf(replica, name)?.boot ?? 0);
    }
    this.isRenewing = true;
    const boot = parseOrigin(this.ports.renewLife(floor))?.boot ?? 0;
    this.isRenewing = false;
    for (const [replica, fate] of fates) {
      const one = this.opened.get(replica);
      if (one === undefined) continue;
      if (fate !== "keeps") one.discard();
      one.sinceBoot = boot;
    }
    this.announceAll();
    const { count } = this.ports;
    const lost = (why: Fate): string[] =>
      [...fates].flatMap(([one, fate]) => (fate === why && one !== REPLICA_SETS ? [one] : []));
    this.tellEvicted(lost("discards"));
    const outdated = lost("outdated");
    if (outdated.length > 0) count("replicaSets.outdated", outdated.length);
    this.tellEvicted(outdated, "'s disk is older than what it had told, as from a backup, of");
  }

  private tellEvicted(replicas: readonly string[], why = " was evicted from the set of"): void {
    if (replicas.length === 0) return;
    this.ports.count("replicaSets.discarded", replicas.length);
    const detail =
      `this node${why} ${replicas.join(", ")}: it discards what it kept of it, begins another ` +
      "life, and fetches it anew";
    this.ports.afterStep(() => this.ports.onEvicted(new HearsayError("EVICTED", detail)));
  }

  private announceAll(): void {
    for (const [name, { sinceBoot }] of this.opened) {
      this.sets.announce(name, Math.min(sinceBoot, this.own.boot));
    }
  }

  private startUpkeep(): void {
    const { options, timers } = this.ports;
    this.timer = timers.startTimer(() => {
      this.startUpkeep();
      this.ports.step(() => this.onUpkeep());
    }, options.upkeepIntervalMs);
  }

  private onUpkeep(): void {
    if (this.hasLeft) return;
    this.beginAnew();
    const nowMs = this.ports.now();
    const boots = new Map<string, number | undefined>();
    const isLiving = (origin: Origin): boolean => {
      const { boot, name } = parseOrigin(origin) ?? { boot: 0, name: "" };
      if (!boots.has(name)) boots.set(name, this.ports.livingBoot(name));
      return boots.get(name) === boot;
    };
    const own = this.ports.origin();
    for (const replica of [...this.sets.places.replicas()]) {
      const members = this.sets.members(replica);
      this.stability.keepOnly(replica, members);
      for (const gone of this.absences.due({ replica, members, own, isLiving, nowMs })) {
        const weight = 1 + members.filter((one) => one !== own && isLiving(one)).length;
        this.sets.evict(replica, gone, weight);
      }
    }
    this.sets.purge(this.stable(REPLICA_SETS));
    this.file?.compact();
  }

  private others(replica: string): Origin[] {
    const own = this.ports.origin();
    return this.sets.members(replica).filter((origin) => origin !== own);
  }

  private get own(): { readonly name: string; readonly boot: number } {
    return parseOrigin(this.ports.origin()) ?? { name: "", boot: 0 };
  }
}
