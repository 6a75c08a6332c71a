import { Counters } from "../core/metrics.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { Entry, GroupConfig, RaftRecord } from "../raft/entry.ts";
import type { Keeps, RaftBody, RaftMessage, RaftTimer, WishReply } from "../raft/raft.messages.ts";
import { type RaftOptions, raftOptions } from "../raft/raft.options.ts";
import { Raft } from "../raft/raft.ts";
import { RecordingDurableEnv } from "./recording-env.ts";

export const [A, B, C, D, E] = ["a", "b", "c", "d", "e"].map(peerId) as [
  PeerId,
  PeerId,
  PeerId,
  PeerId,
  PeerId,
];

export const GROUP = 7;
const DISKS = new Map([A, B, C, D, E].map((peer, index) => [peer, index + 1]));

export function config(voters: readonly PeerId[], learners: readonly PeerId[] = []): GroupConfig {
  const seats = (peers: readonly PeerId[]) =>
    peers.map((peer) => ({ peer, disk: DISKS.get(peer) ?? 0 }));
  return { voters: seats(voters), learners: seats(learners) };
}

/** Entries without content behind the group's first one, of these terms. */
export function entries(terms: readonly number[], from = 2): Entry[] {
  return terms.map((term, index) => ({ kind: "noop", index: from + index, term }));
}

export interface RaftRigOptions {
  /** Default a, b and c. */
  readonly config?: GroupConfig;
  /** The terms of the entries behind the first one. Default none. */
  readonly terms?: readonly number[];
  /** Default that of the last entry. */
  readonly term?: number;
  readonly options?: Partial<RaftOptions>;
}

/** Server "a" of a group, alone with a test that speaks for all others, and for its disk. */
export class RaftRig {
  readonly env = new RecordingDurableEnv<RaftMessage, RaftTimer, RaftRecord>({ self: "a" });
  readonly counters = new Counters();
  readonly options: RaftOptions;
  readonly readable: number[] = [];
  readonly refusedReads: WishReply[] = [];
  raft: Raft;

  constructor({ config: given = config([A, B, C]), options, term, terms = [] }: RaftRigOptions) {
    this.options = raftOptions(options ?? {});
    const first: Entry = { kind: "config", index: 1, term: 1, config: given };
    const all = [first, ...entries(terms)];
    this.env.append({ kind: "seat", disk: 1, group: GROUP });
    for (const entry of all) this.env.append({ kind: "entry", entry });
    const now = term ?? terms.at(-1) ?? 1;
    this.env.append({ kind: "term", term: now, vote: undefined });
    this.raft = this.begin();
    this.sync();
  }

  /** It dies, and comes back with what is durable. */
  restart(): void {
    this.raft = this.begin();
  }

  hear(from: PeerId, body: RaftBody, term = this.raft.term): void {
    this.raft.onMessage(from, { group: GROUP, disk: DISKS.get(from) ?? 0, term, ...body });
  }

  sync(): void {
    this.env.sync(this.raft);
  }

  advance(durationMs: number): void {
    this.env.advance(durationMs, this.raft);
  }

  /** What has left since the last call, of one kind. */
  sent<Kind extends RaftMessage["kind"]>(kind: Kind): Extract<RaftMessage, { kind: Kind }>[] {
    const messages = this.env.sent.map(({ message }) => message);
    this.env.taken();
    return messages.filter((message) => message.kind === kind) as Extract<
      RaftMessage,
      { kind: Kind }
    >[];
  }

  /** Makes it the leader, with the votes of the others; its first entry is not committed yet. */
  lead(): void {
    this.advance(this.options.electionTimeoutMaxMs);
    const { term } = this.raft;
    for (const { peer } of this.raft.config.voters) {
      if (peer !== A) this.hear(peer, { kind: "preVoteReply", verdict: "granted" }, term + 1);
    }
    this.sync();
    for (const { peer } of this.raft.config.voters) {
      if (peer !== A) this.hear(peer, { kind: "voteReply", verdict: "granted" });
    }
    this.sync();
  }

  /** All that it has is acknowledged by `peer`. */
  acknowledge(peer: PeerId, keeps: Keeps = "asked"): void {
    this.hear(peer, { kind: "taken", match: this.raft.state.log.lastIndex, keeps });
  }

  /** The terms of its log behind the first entry. */
  get terms(): (number | undefined)[] {
    const { log } = this.raft.state;
    const count = log.lastIndex - log.baseIndex;
    return Array.from({ length: count }, (_, at) => log.termAt(log.baseIndex + 1 + at)).slice(
      log.baseIndex === 0 ? 1 : 0,
    );
  }

  private begin(): Raft {
    const listener = {
      onCommitted: () => {},
      onSnapshot: () => {},
      onRole: () => {},
      onRead: (_: unknown, reply: WishReply) => {
        if (reply.kind === "readable") this.readable.push(reply.index);
        else this.refusedReads.push(reply);
      },
    };
    const { counters } = this;
    const raft = new Raft(
      this.env,
      { group: "g", voters: [A, B, C], counters, listener },
      this.options,
    );
    raft.recover(this.env.kept, this.env.records);
    raft.start();
    return raft;
  }
}
