import type { PeerId } from "../core/peer.ts";
import type { GroupConfig, Seat } from "./entry.ts";
import { isVoter, seatOf } from "./membership.ts";
import type { MessageOf, RaftMessage } from "./raft.messages.ts";
import { BIRTH_TERM, type RaftState } from "./raft-state.ts";

/** 2^48: two disks never draw the same number. */
const DISKS_COUNT = 281_474_976_710_656;

/**
 * How a server with an empty disk gets its place. [DESIGN section 6]
 *
 * The first voters meet, each with the number of its disk, and the group is born where all have
 * met: its first entry names them and their disks. So from then on, whoever comes under a voter's
 * name with an empty disk has lost one, with the votes and entries that it had promised to keep;
 * it is refused. Whoever is not named joins as a learner. (After a bootstrap that only a majority
 * had seen, a late first start could not be told from a lost disk.)
 */
export class Birth {
  private readonly state: RaftState;
  private readonly firstVoters: readonly PeerId[];
  private readonly met = new Map<PeerId, number>();

  constructor(state: RaftState) {
    this.state = state;
    this.firstVoters = [...new Set(state.wiring.voters)].sort((a, b) =>
      String(a) < String(b) ? -1 : 1,
    );
  }

  /** Before anything else, on a server that was in no group yet. */
  begin(): void {
    const { state } = this;
    const { env } = state;
    const isListed = this.firstVoters.includes(env.self);
    if (state.disk === 0) {
      state.sitDown(1 + env.random.below(DISKS_COUNT), isListed ? this.mark() : 0);
    }
    this.met.set(env.self, state.disk);
    if (isListed && this.firstVoters.length === 1) return this.beBorn(this.metConfig());
    this.onTimer();
  }

  onTimer(): void {
    const { state } = this;
    const { env, options } = state;
    if (state.role !== "unborn") return;
    for (const peer of this.firstVoters) if (peer !== env.self) state.send(peer, { kind: "hello" });
    env.setTimer({ kind: "hello" }, options.helloIntervalMs);
  }

  /** @returns whether only a leader can tell it what it is. */
  onHello(from: PeerId, { disk, group }: RaftMessage): boolean {
    const { state } = this;
    if (state.role === "unborn") {
      if (group === state.group && group !== 0) this.meet(from, disk);
      return false;
    }
    if (!this.isMember(from, disk)) return true;
    state.send(from, { kind: "welcome", birth: this.firstConfig() });
    return false;
  }

  /** For a leader: what becomes of a peer with that disk, which is no member here. */
  judge({ disk, peer }: Seat): "lost" | "newcomer" | "waiting" {
    const { current } = this.state.membership;
    const seat = seatOf(current, peer);
    if (seat?.disk === disk) return "waiting";
    return isVoter(current, peer) ? "lost" : "newcomer";
  }

  /** A place that is not committed may yet be taken back, and the disk it named with it. */
  private isMember(peer: PeerId, disk: number): boolean {
    const { commitIndex, membership } = this.state;
    return seatOf(membership.at(commitIndex), peer)?.disk === disk;
  }

  /**
   * A first voter begins with the first entry, as the others did: votes of servers without it must
   * not make a leader while few have it. Where it is compacted, a majority had it long ago.
   * @returns whether it has a place now.
   */
  onWelcome({ birth, group }: MessageOf<"welcome">): boolean {
    const { state } = this;
    if (state.role !== "unborn" || group === 0) return false;
    const isFirst = state.group === group;
    if (!isFirst) state.sitDown(state.disk, group);
    if (isFirst && birth !== undefined) this.beBorn(birth);
    state.role = "follower";
    return true;
  }

  private firstConfig(): GroupConfig | undefined {
    const first = this.state.log.entryAt(1);
    return first?.kind === "config" && first.term === BIRTH_TERM ? first.config : undefined;
  }

  private meet(from: PeerId, disk: number): void {
    const { state } = this;
    if (!this.firstVoters.includes(from)) return;
    // A server that met another disk under this name before has waited for one that is gone.
    const isNews = this.met.get(from) !== disk;
    this.met.set(from, disk);
    if (isNews) state.send(from, { kind: "hello" });
    if (this.met.size === this.firstVoters.length) this.beBorn(this.metConfig());
  }

  private metConfig(): GroupConfig {
    const voters = this.firstVoters.map((peer) => ({ peer, disk: this.met.get(peer) ?? 0 }));
    return { voters, learners: [] };
  }

  private beBorn(config: GroupConfig): void {
    const { state } = this;
    state.setTerm(BIRTH_TERM, undefined);
    state.append({ kind: "config", index: 1, term: BIRTH_TERM, config });
    state.commitIndex = 1;
    state.role = "follower";
  }

  /**
   * Tells groups apart, and the same group with another list of voters: FNV-1a over its name and
   * first voters; never 0.
   */
  private mark(): number {
    let hash = 0x811c9dc5;
    for (const text of [this.state.wiring.group, ...this.firstVoters.map(String)]) {
      for (let at = 0; at <= text.length; at += 1) {
        hash = Math.imul(hash ^ (at < text.length ? text.charCodeAt(at) : 0xffff), 0x01000193);
      }
    }
    return hash >>> 0 || 1;
  }
}
