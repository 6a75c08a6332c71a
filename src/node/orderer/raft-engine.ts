import { HearsayError } from "../../core/errors.ts";
import { Counters } from "../../core/metrics.ts";
import { peerId } from "../../core/peer.ts";
import type { RaftRecord } from "../../raft/entry.ts";
import { RAFT_CHANNEL, type RaftMessage, type RaftTimer } from "../../raft/raft.messages.ts";
import { type RaftOptions, raftOptions } from "../../raft/raft.options.ts";
import { decodeRaft, encodeRaft } from "../../raft/raft.wire.ts";
import { RaftOrderer } from "../../raft/raft-orderer.ts";
import { decodeRecord, encodeRecord } from "../../raft/state-bytes.ts";
import type { DurablePorts, DurableStore } from "../durable/durable-ports.ts";
import { MemoryStore } from "../durable/memory-store.ts";
import { type MountedDurable, mountDurable } from "../durable/mount-durable.ts";
import { NamedFrames } from "../durable/named-frames.ts";
import { type OrderOptions, orderOptions } from "./order.options.ts";
import type { OrderFollower, OrderLogStatus, RaftChoice } from "./orderer.api.ts";
import type { MountedOrderer, OrdererEngine, OrdererPorts } from "./orderer.contract.ts";
import { RaftMembers } from "./raft-members.ts";

const messages = {
  encode: encodeRaft,
  decode: (bytes: Uint8Array) => decodeRaft(bytes, peerId),
};
const records = { encode: encodeRecord, decode: decodeRecord };

/** Embedded Raft, as `raft({ … })` asks for it. */
export class RaftEngine implements OrdererEngine {
  private readonly choice: Required<Pick<RaftChoice, "group" | "storage" | "voters">>;
  private readonly raft: RaftOptions;
  private readonly order: OrderOptions;

  /** @throws HearsayError CONFIG_OPTION */
  constructor(choice: RaftChoice & Required<Pick<RaftChoice, "group" | "storage" | "voters">>) {
    this.choice = choice;
    this.raft = raftOptions(choice.options);
    this.order = orderOptions(choice.members);
  }

  mount(ports: OrdererPorts): MountedOrderer {
    const { group, storage, voters } = this.choice;
    const counters = new Counters();
    const countDropped = (why: string): void => counters.count(`raft.dropped.${why}`);
    const links = () => ports.links();
    const frames = new NamedFrames({ channel: RAFT_CHANNEL, links, onDropped: countDropped });
    const durable: DurablePorts<RaftMessage, RaftRecord> = {
      host: ports.host,
      store: storeOf(ports, storage),
      name: `raft/${group}`,
      messages,
      records,
      carry: (to, bytes) => {
        if (frames.send(group, to, bytes) !== "taken") countDropped("unsent");
      },
      countDropped,
      die: (error) => ports.die(error),
    };
    const first = { group, voters: voters.map(peerId), counters };
    const mounted = mountDurable<RaftMessage, RaftTimer, RaftRecord, RaftOrderer>(
      durable,
      (env) => new RaftOrderer(env, first, this.raft),
    );
    frames.take(group, (from, bytes) => mounted.onBytes(from, bytes));
    ports.links().use(RAFT_CHANNEL, frames, "keep");
    return new RaftOnNode(mounted, ports, { counters, options: this.order });
  }
}

/** One node's part of a Raft group. */
class RaftOnNode implements MountedOrderer {
  readonly orderer: RaftOrderer;
  readonly keepsState = "engine";
  private readonly mounted: MountedDurable<RaftOrderer>;
  private readonly counters: Counters;
  private readonly members: RaftMembers;

  constructor(
    mounted: MountedDurable<RaftOrderer>,
    ports: OrdererPorts,
    { counters, options }: { readonly counters: Counters; readonly options: OrderOptions },
  ) {
    const { protocol } = mounted;
    this.mounted = mounted;
    this.orderer = protocol;
    this.counters = counters;
    this.members = new RaftMembers(protocol, ports, options);
    counters.gauge("raft.term", () => protocol.status.term);
    counters.gauge("raft.isLeader", () => (protocol.status.isLeader ? 1 : 0));
    counters.gauge("raft.unaskedVoters", () => protocol.unasked.length);
    counters.gauge("raft.applied", () => protocol.raft.applied);
    counters.gauge("raft.commit", () => protocol.raft.state.commitIndex);
    counters.gauge("raft.logBytes", () => protocol.raft.state.log.bytes);
  }

  log(): OrderLogStatus {
    const { raft, status } = this.orderer;
    const { commitIndex, env, log, progress } = raft.state;
    const learners = new Set(this.orderer.members.learners);
    const nowMs = env.now();
    const followers: OrderFollower[] = [...progress].map(([peer, one]) => ({
      name: String(peer),
      role: learners.has(peer) ? "learner" : "voter",
      matchIndex: one.match,
      commitIndex: one.toldCommit,
      sending: one.state,
      heardMs: Math.max(0, nowMs - one.heardMs),
    }));
    return {
      firstIndex: log.baseIndex + 1,
      lastIndex: log.lastIndex,
      commitIndex,
      appliedIndex: raft.applied,
      bytes: log.bytes,
      ...(status.isLeader && { followers }),
    };
  }

  start(): void {
    if (this.orderer.status.state === "lost") {
      const detail = "what the journal holds of the Raft group makes no sense";
      throw new HearsayError("DATA_DIR", `${detail}; begin with another data directory.`);
    }
    this.mounted.start();
  }

  onRound(): void {
    this.members.onRound();
  }

  handOver(): Promise<void> {
    return this.members.handOver();
  }

  metrics(): Readonly<Record<string, number>> {
    return this.counters.snapshot();
  }

  stop(): void {
    this.mounted.stop();
  }
}

/** @throws HearsayError CONFIG_OPTION */
function storeOf({ host, store }: OrdererPorts, storage: "disk" | "memory"): DurableStore {
  if (storage === "memory") return new MemoryStore((body) => host.afterStep(body));
  if (store !== undefined) return store;
  throw new HearsayError("CONFIG_OPTION", "raft keeps votes and log on disk: give dataDir.");
}
