import { Counters } from "../../core/metrics.ts";
import type {
  OrderedCommand,
  OrderGuard,
  OrderOutcome,
  OrderPosition,
  OrderRequest,
} from "../../core/orderer.ts";
import type { PeerId } from "../../core/peer.ts";
import type { RaftRecord } from "../../raft/entry.ts";
import type { RaftMessage, RaftTimer } from "../../raft/raft.messages.ts";
import type { RaftOptions } from "../../raft/raft.options.ts";
import { RaftOrderer } from "../../raft/raft-orderer.ts";
import { decodeRecord, encodeRecord } from "../../raft/state-bytes.ts";
import { SimDurableEnv } from "../sim-durable-env.ts";
import type { SimNode } from "../sim-node.ts";
import type { RaftInvariants } from "./raft-invariants.ts";
import { RegisterMachine } from "./register-machine.ts";

/** What a simulated server needs to know of its town. */
export interface RaftSetting {
  readonly voters: readonly PeerId[];
  readonly options: RaftOptions;
  readonly invariants: RaftInvariants;
  /** "nothing": commands are whatever others make of them. */
  readonly keeps: "registers" | "nothing";
  /** Commands applied after which a server takes a snapshot. */
  readonly snapshotAfterCount: number;
  /** Records that never reach a disk: to plant a mistake. */
  readonly forgets?: (record: RaftRecord) => boolean;
  readonly onLeave: (from: SimNode, to: PeerId, message: RaftMessage) => void;
  readonly onOutcome: (server: RaftServer, request: OrderRequest, outcome: OrderOutcome) => void;
}

const codec = { encode: encodeRecord, decode: decodeRecord };

/** A door that shows what leaves. */
export class WatchedEnv extends SimDurableEnv<RaftMessage, RaftTimer, RaftRecord> {
  private readonly setting: RaftSetting;

  constructor(node: SimNode, place: number, setting: RaftSetting) {
    super(node, place, codec);
    this.setting = setting;
  }

  override append(record: RaftRecord) {
    const kept = this.setting.forgets?.(record) === true ? BLANK : record;
    return super.append(kept);
  }

  protected override leave(to: PeerId, message: RaftMessage): void {
    this.setting.invariants.onMessage(this.index, Number(to), message);
    super.leave(to, message);
    this.setting.onLeave(this.node, to, message);
  }
}

/** In the place of a record that is forgotten: it says nothing. */
const BLANK: RaftRecord = { kind: "term", term: 0, vote: undefined };

/** One life of a server: its part of the group, and the registers that it keeps. */
export class RaftServer extends RaftOrderer {
  readonly node: SimNode;
  readonly life: number;
  readonly machine = new RegisterMachine();
  private readonly setting: RaftSetting;

  constructor(node: SimNode, env: WatchedEnv, setting: RaftSetting) {
    const { options, voters } = setting;
    super(env, { group: "town", voters, counters: new Counters() }, options);
    this.node = node;
    this.life = node.life;
    this.setting = setting;
    if (setting.keeps === "registers") this.keepRegisters();
    this.listen({
      onOutcome: (request, outcome) => setting.onOutcome(this, request, outcome),
      onStatus: () => {},
    });
  }

  private keepRegisters(): void {
    this.subscribe(
      {
        onOrdered: (all) => this.onOrdered(all),
        onSnapshot: (at, state) => this.onState(at, state),
      },
      0 as OrderPosition,
    );
  }

  override start(): void {
    super.start();
    this.look();
  }

  override onMessage(from: PeerId, message: RaftMessage): void {
    super.onMessage(from, message);
    this.look();
  }

  override onTimer(timer: RaftTimer): void {
    super.onTimer(timer);
    this.look();
  }

  override onDurable(position: Parameters<RaftOrderer["onDurable"]>[0]): void {
    super.onDurable(position);
    this.look();
  }

  override onSnapshot(what: Parameters<RaftOrderer["onSnapshot"]>[0]): void {
    super.onSnapshot(what);
    // The other kind is told in the middle of a step.
    if (typeof what === "number") this.look();
  }

  override guard(guard: OrderGuard): () => void {
    const reconsider = super.guard(guard);
    return () => {
      reconsider();
      this.look();
    };
  }

  /** After what a client asked of it. */
  look(): void {
    this.setting.invariants.onStep(this.node.index, this.life, this.raft);
  }

  private onOrdered(commands: readonly OrderedCommand[]): void {
    const { machine } = this;
    for (const command of commands) machine.apply(command);
    if (machine.appliedCount < this.setting.snapshotAfterCount) return;
    machine.appliedCount = 0;
    this.compact(machine.position as OrderPosition, machine.snapshot());
  }

  private onState(position: OrderPosition, state: Uint8Array | undefined): void {
    if (state !== undefined) this.machine.restore(position, state);
  }
}
