import { addressFromBytes } from "../../core/ip.ts";
import type { Reconnect } from "../../peers/reconnect/reconnect.ts";
import type { ConflictVote, SerfListener, SerfMember } from "../../peers/serf/serf.contract.ts";
import type { Serf } from "../../peers/serf/serf.ts";
import type { Succession } from "../../peers/succession/succession.ts";
import type { SwimListener, SwimMember } from "../../peers/swim/swim.contract.ts";
import type { AliveMessage } from "../../peers/swim/swim.messages.ts";
import type { SwimDetector } from "../../peers/swim/swim-detector.ts";
import { type AdvertisedMeta, isUnmonitored, speaksHyParView } from "./advertised-meta.ts";
import type { HearsayView } from "./hearsay-view.ts";
import type { StackListener } from "./stack.contract.ts";
import type { UnmonitoredPeers } from "./unmonitored-peers.ts";

export interface EarParts {
  readonly name: string;
  readonly meta: AdvertisedMeta;
  readonly hearsayPeers: HearsayView;
  /** Those among them that take part in HyParView; absent where nobody asks. */
  readonly overlayPeers: HearsayView | undefined;
  readonly unmonitored: UnmonitoredPeers;
  readonly listener: StackListener;
}

/** Who else must hear. */
export interface Hearers {
  readonly detector: SwimDetector;
  readonly serf: Serf | undefined;
  readonly reconnect: Reconnect;
  readonly succession: Succession;
}

/**
 * Hears what SWIM finds out, keeps the list of Hearsay peers, and passes it on to Serf and to those
 * who look for the lost; without Serf it tells the node itself.
 */
export class MembershipEar implements SwimListener {
  private readonly parts: EarParts;
  private hearers: Hearers | undefined;
  private lostVote: ConflictVote | undefined;

  constructor(parts: EarParts) {
    this.parts = parts;
  }

  take(hearers: Hearers): void {
    this.hearers = hearers;
  }

  onJoin(member: SwimMember): void {
    this.hearers?.detector.onJoin(member);
    this.noteAdvert(member);
    this.hearers?.reconnect.onMemberUp(member.name, member.address);
    if (this.serf === undefined) this.parts.listener.onMembership("join", member);
    else this.serf.onMemberJoin(member);
  }

  onLeave(member: SwimMember): void {
    this.hearers?.detector.onLeave(member);
    const { address, name, status } = member;
    this.forget(name);
    if (status === "left") this.hearers?.reconnect.onMemberLeft(name);
    else this.hearers?.reconnect.onMemberLost(name, address);
    const end = member.status === "left" ? "left" : "failed";
    if (this.serf !== undefined) return this.serf.onMemberLeave(member, end);
    this.parts.listener.onMembership(end === "left" ? "leave" : "fail", member);
  }

  onUpdate(member: SwimMember): void {
    this.noteAdvert(member);
    if (this.serf === undefined) this.parts.listener.onMembership("update", member);
    else this.serf.onMemberUpdate(member);
  }

  onSuspect(member: SwimMember): void {
    this.hearers?.detector.onSuspect(member);
    this.parts.listener.onMembership("suspect", member);
  }

  onRefuted(member: SwimMember): void {
    this.hearers?.detector.onRefuted(member);
    this.parts.listener.onMembership("alive", member);
  }

  /** Serf keeps members longer than SWIM, and says when it forgets them. */
  onReap(member: SwimMember): void {
    this.hearers?.detector.onReap(member);
    if (this.serf === undefined) this.parts.listener.onMembership("reap", member);
  }

  onConflict(existing: SwimMember, claim: AliveMessage): void {
    this.parts.listener.onConflict(existing);
    const holder = addressFromBytes(claim.addr, claim.port);
    if (existing.name === this.parts.name && holder !== undefined) {
      this.hearers?.succession.onConflict(holder);
    }
    this.serf?.onConflict(existing);
  }

  /** Serf's member events in the node's words; the rest goes straight through. */
  serfListener(): SerfListener {
    const { listener } = this.parts;
    const tell = (change: Parameters<StackListener["onMembership"]>[0]) => (member: SerfMember) =>
      listener.onMembership(change, member);
    return {
      onMemberJoin: tell("join"),
      onMemberUpdate: tell("update"),
      onMemberIntent: tell("update"),
      onMemberLeave: (member) => {
        // Perhaps it failed first and was dismissed: nobody misses it any more.
        this.hearers?.reconnect.onMemberLeft(member.name);
        listener.onMembership("leave", member);
      },
      onMemberFail: tell("fail"),
      onMemberReap: tell("reap"),
      onUserEvent: (event) => listener.onUserEvent(event),
      onQuery: (query) => listener.onQuery(query),
      onQueryAck: (id, from) => listener.onQueryAck?.(id, from),
      onQueryAnswer: (id, answer) => listener.onQueryAnswer?.(id, answer),
      onQueryDone: (id, result) => listener.onQueryDone(id, result),
      // The node's keyring API changes its own ring; cluster-wide key queries are the agent's.
      onKeysDone: () => {},
      onLeft: () => listener.onLeft(),
      onConflictLost: (vote) => {
        this.lostVote = vote;
        this.hearers?.succession.onVoteLost();
      },
      onConflictWon: () => {},
    };
  }

  /** The vote went for another node, who lives. */
  onNameTaken(): void {
    if (this.lostVote !== undefined) this.parts.listener.onConflictLost(this.lostVote);
  }

  private get serf(): Serf | undefined {
    return this.hearers?.serf;
  }

  private noteAdvert(member: SwimMember): void {
    const { hearsayPeers, meta, name, overlayPeers, unmonitored } = this.parts;
    if (member.name === name) return;
    const { advert } = meta.decode(member.meta);
    if (advert === undefined) return this.forget(member.name);
    if (isUnmonitored(advert)) unmonitored.add(member.name);
    else unmonitored.remove(member.name);
    // In this order nobody is taken for one who is in rings only.
    if (speaksHyParView(advert)) overlayPeers?.add(member.name);
    else overlayPeers?.remove(member.name);
    hearsayPeers.add(member.name);
  }

  private forget(name: string): void {
    this.parts.hearsayPeers.remove(name);
    this.parts.overlayPeers?.remove(name);
    this.parts.unmonitored.remove(name);
  }
}
