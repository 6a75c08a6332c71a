import { type PeerId, peerId } from "../../core/peer.ts";
import {
  type DetectorEvidence,
  type DetectorListener,
  type FailureDetector,
  unknownVerdict,
  type Verdict,
  type VerdictStatus,
} from "../failure-detector.ts";
import { suspicionMinMs } from "./formulas.ts";
import type { SwimListener, SwimMember, SwimMembership, SwimStatus } from "./swim.contract.ts";
import type { SwimOptions } from "./swim.options.ts";

/** A suspect's level reaches 1 only when SWIM has said that it is dead. */
const SUSPECT_MAX_LEVEL = 0.99;

/**
 * SWIM's verdicts as those of a failure detector, its evidence included. The level of a suspect is
 * the share of the longest suspicion that is over; who left said so itself, and is unknown here.
 *
 * SWIM tells it what it tells its listener; whoever owns that passes it on.
 */
export class SwimDetector implements FailureDetector, SwimListener {
  readonly name = "swim";
  readonly deadLevel = 1;
  private readonly swim: Pick<SwimMembership, "members" | "evidence">;
  private readonly options: SwimOptions;
  private readonly now: () => number;
  private readonly listeners: DetectorListener[] = [];
  /** What was told last, of everybody whom SWIM has told of and not reaped. */
  private readonly told = new Map<string, VerdictStatus>();

  constructor(
    swim: Pick<SwimMembership, "members" | "evidence">,
    options: SwimOptions,
    now: () => number,
  ) {
    this.swim = swim;
    this.options = options;
    this.now = now;
  }

  get peersCount(): number {
    let count = 0;
    this.forEachPeer(() => {
      count += 1;
    });
    return count;
  }

  verdict(peer: PeerId): Verdict {
    const member = this.swim.members.get(String(peer));
    return member === undefined ? unknownVerdict(peer) : this.picture(member);
  }

  statusOf(peer: PeerId): VerdictStatus {
    const member = this.swim.members.get(String(peer));
    return member === undefined ? "unknown" : statuses[member.status];
  }

  evidence(peer: PeerId): readonly DetectorEvidence[] {
    return this.swim.evidence(String(peer)).map(({ atMs, by, detail, what }) => ({
      atMs,
      what,
      ...(by !== undefined && { by }),
      ...(detail !== undefined && { detail }),
    }));
  }

  forEachPeer(visit: (verdict: Verdict) => void): void {
    const { local } = this.swim.members;
    for (const member of this.swim.members) {
      if (member.name === local.name || member.status === "left") continue;
      visit(this.picture(member));
    }
  }

  subscribe(listener: DetectorListener): void {
    this.listeners.push(listener);
  }

  onJoin(member: SwimMember): void {
    this.tell(member);
  }

  onLeave(member: SwimMember): void {
    this.tell(member);
  }

  onUpdate(): void {
    // Its address or its meta, and nothing of its health.
  }

  onSuspect(member: SwimMember): void {
    this.tell(member);
  }

  onRefuted(member: SwimMember): void {
    this.tell(member);
  }

  /** Nothing is said of it any more. */
  onReap({ name }: SwimMember): void {
    const before = this.told.get(name) ?? "unknown";
    this.told.delete(name);
    if (before !== "unknown") this.pass(unknownVerdict(peerId(name)), before);
  }

  onConflict(): void {
    // Somebody else claims its name: it lives or not as before.
  }

  private tell(member: SwimMember): void {
    const { local } = this.swim.members;
    if (member.name === local.name) return;
    const after = this.picture(member);
    const before = this.told.get(member.name) ?? "unknown";
    if (before === after.status) return;
    this.told.set(member.name, after.status);
    this.pass(after, before);
  }

  private pass(after: Verdict, before: VerdictStatus): void {
    for (const listener of this.listeners) listener.onVerdict(after, before);
  }

  private picture(member: SwimMember): Verdict {
    const peer = peerId(member.name);
    const status = statuses[member.status];
    if (status === "unknown") return unknownVerdict(peer);
    const level = this.levelOf(member);
    return { peer, status, level, sinceMs: member.statusSince, heardMs: undefined };
  }

  private levelOf(member: SwimMember): number {
    if (member.status !== "suspect") return member.status === "dead" ? 1 : 0;
    const { probeIntervalMs, suspicionMaxTimeoutMultiplier, suspicionMultiplier } = this.options;
    const { size } = this.swim.members;
    const minMs = suspicionMinMs(suspicionMultiplier, size, probeIntervalMs);
    const longestMs = minMs * suspicionMaxTimeoutMultiplier;
    return Math.min(SUSPECT_MAX_LEVEL, (this.now() - member.statusSince) / longestMs);
  }
}

const statuses = {
  alive: "alive",
  suspect: "suspect",
  dead: "dead",
  left: "unknown",
} as const satisfies Record<SwimStatus, VerdictStatus>;
