import { addressKey } from "../../core/address.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { SerfMember } from "../../peers/serf/serf.contract.ts";
import type { SwimMember } from "../../peers/swim/swim.contract.ts";
import type {
  Member,
  MemberEvent,
  MemberState,
  MemberStatus,
  Members,
  MemberTrouble,
  NearMember,
  ReachabilityEvent,
  ReachabilityPicture,
  Suspicion,
  SuspicionEvent,
  WhyEntry,
} from "../api.ts";
import { callListener } from "../call-listener.ts";
import { MemberSuspicions } from "../detectors/member-suspicions.ts";
import { NodeReachability, reachabilityPicture } from "../reachability/node-reachability.ts";
import type { MembershipChange } from "../stack/stack.contract.ts";
import type { Stack } from "../stack/stack.ts";
import type { MessageQueue } from "../topics/subscription.ts";
import { nearest } from "./nearest.ts";
import { Readers } from "./readers.ts";
import { whyText } from "./why-text.ts";

export interface MembersPorts {
  /** The clock of `Evidence.atMs`. */
  now(): number;
  wallClock(): number;
  afterStep(body: () => void): void;
  onCallbackError(where: string, error: unknown): void;
  onDropped(): void;
  stateOf(name: string): MemberState;
}

type Listener = (event: MemberEvent) => void;
type MemberRecord = SwimMember | SerfMember;

/** Members as users see them, put together from SWIM's record and Serf's. */
export class NodeMembers implements Members {
  private readonly ports: MembersPorts;
  private readonly listeners = new Set<Listener>();
  private readonly readers: Readers<MemberEvent>;
  private stack: Stack | undefined;
  private paths: NodeReachability | undefined;
  private suspicions: MemberSuspicions | undefined;

  constructor(ports: MembersPorts) {
    this.ports = ports;
    this.readers = new Readers(() => ports.onDropped());
  }

  take(stack: Stack): void {
    this.stack = stack;
    this.paths = new NodeReachability(this.ports, stack.reachability);
    this.suspicions = new MemberSuspicions(this.ports, stack.detectors);
  }

  get size(): number {
    const { serf, swim } = this.running;
    return serf === undefined ? swim.members.size : serf.membersCount;
  }

  get local(): Member {
    return this.picture(this.running.swim.members.local);
  }

  get(name: string): Member | undefined {
    const record = this.recordOf(name);
    return record === undefined ? undefined : this.picture(record);
  }

  *[Symbol.iterator](): Iterator<Member> {
    for (const record of this.records()) yield this.picture(record);
  }

  /** As iterating, but for what is needed when only the status counts. */
  forEachStatus(visit: (name: string, status: MemberStatus) => void): void {
    for (const record of this.records()) visit(record.name, this.statusOf(record));
  }

  events(options: { signal?: AbortSignal; queueMax?: number } = {}): MessageQueue<MemberEvent> {
    return this.readers.open(options);
  }

  on(listener: Listener): () => void {
    // A wrapper of its own, so that one function may listen twice.
    const own: Listener = (event) => listener(event);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  near(from?: string): readonly NearMember[] {
    const { serf, swim } = this.running;
    const { local } = swim.members;
    const place = (name: string) =>
      name === local.name ? serf?.coordinate : serf?.coordinateOf(name);
    return nearest({
      from: from ?? local.name,
      local: local.name,
      names: [...this].flatMap(({ name, status }) => (status === "alive" ? [name] : [])),
      place,
      measuredMs: (name) => swim.rttMs(name),
    });
  }

  reachability(): ReachabilityPicture {
    const { links, reachability, swim } = this.running;
    const members = [...swim.members]
      .map(({ name }) => name)
      .filter((name) => reachability.isLiving(peerId(name)));
    const { name: local } = swim.members.local;
    const matrix = reachability.matrix();
    const takesPart = (peer: PeerId) => reachability.takesPart(peer);
    return reachabilityPicture({ local, members, takesPart, matrix, relayed: links.relayed() });
  }

  onReachability(listener: (event: ReachabilityEvent) => void): () => void {
    if (this.paths === undefined) throw new Error("paths are read before the node has started");
    return this.paths.on(listener);
  }

  why(name: string): readonly WhyEntry[] {
    const wallMinusNow = this.ports.wallClock() - this.ports.now();
    const entries: WhyEntry[] = this.running.swim.evidence(name).map((evidence) => {
      const { atMs, ...rest } = evidence;
      return { at: Math.round(atMs + wallMinusNow), ...rest, text: whyText(name, evidence) };
    });
    return [...entries, ...this.verdicts.why(name)].sort((one, other) => one.at - other.at);
  }

  suspicion(name: string): Suspicion {
    return this.verdicts.of(name);
  }

  onSuspicion(listener: (event: SuspicionEvent) => void): () => void {
    return this.verdicts.on(listener);
  }

  /** In a step: users hear of it when it has ended. */
  onMembership(change: MembershipChange, record: MemberRecord): void {
    if (this.stack === undefined || (this.listeners.size === 0 && this.readers.size === 0)) return;
    const at = this.ports.wallClock();
    const event = Object.freeze({ kind: change, member: this.picture(record), at });
    this.ports.afterStep(() => this.tell(event));
  }

  /** No more events will come. */
  close(): void {
    this.readers.close();
    this.paths?.close();
    this.suspicions?.close();
    this.listeners.clear();
  }

  private tell(event: MemberEvent): void {
    this.readers.push(event);
    for (const listener of [...this.listeners]) {
      callListener(listener, event, (error) =>
        this.ports.onCallbackError("a listener of member events", error),
      );
    }
  }

  private get running(): Stack {
    if (this.stack === undefined) throw new Error("members are read before the node has started");
    return this.stack;
  }

  private get verdicts(): MemberSuspicions {
    if (this.suspicions === undefined) throw new Error("members are read before the node started");
    return this.suspicions;
  }

  private recordOf(name: string): MemberRecord | undefined {
    const { serf, swim } = this.running;
    return serf === undefined ? swim.members.get(name) : serf.memberOf(name);
  }

  private records(): MemberRecord[] {
    const { serf, swim } = this.running;
    if (serf === undefined) return [...swim.members];
    const records: MemberRecord[] = [];
    serf.forEachMember((member) => records.push(member));
    return records;
  }

  private picture(record: MemberRecord): Member {
    const { meta, swim } = this.running;
    const { tags, advert } = meta.decode(record.meta);
    const picture = {
      name: record.name,
      address: addressKey(record.address),
      status: this.statusOf(record),
      tags: Object.freeze(Object.fromEntries(tags)),
      incarnation: swim.members.get(record.name)?.incarnation ?? 0,
      rttMs: swim.rttMs(record.name),
      hearsay: advert !== undefined,
      degraded: this.troubleOf(record.name),
    };
    return withState(picture, this.ports.stateOf(record.name));
  }

  private troubleOf(name: string): MemberTrouble | undefined {
    const degraded = this.running.degraded.of(name);
    if (degraded === undefined) return undefined;
    return Object.freeze({ since: degraded.since, ...degraded.trouble });
  }

  private statusOf(record: MemberRecord): MemberStatus {
    const { serf, swim } = this.running;
    const { status } = "statusLTime" in record ? record : (serf?.memberOf(record.name) ?? record);
    if (status === "dead") return "failed";
    if (status !== "alive") return status;
    return swim.members.get(record.name)?.status === "suspect" ? "suspect" : "alive";
  }
}

/** All else is plain data that may be copied, compared and written down. */
function withState(picture: Omit<Member, "state">, state: MemberState): Member {
  const member = { ...picture, state };
  Object.defineProperty(member, "state", { enumerable: false });
  return Object.freeze(member);
}
