import { at } from "../../../core/collections/at.ts";
import type { PeerId } from "../../../core/peer.ts";
import type { Verdict, VerdictStatus } from "../../../peers/failure-detector.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import { beatingKind } from "./beating-town.ts";
import { swimKind } from "./swim-town.ts";
import type { DetectorTownOptions, Nonsense, TownKind, TownMember } from "./town.contract.ts";

/** What a node of a town was told of another one. */
export interface TownVerdict {
  readonly observer: number;
  readonly subject: number;
  readonly status: VerdictStatus;
  readonly before: VerdictStatus;
  readonly atMs: number;
}

/** UDP and IP. */
const PACKET_HEAD_BYTES = 28;
/** Only measures. */
const BOUNDLESS_BYTES_PER_SECOND = 1e15;

/** Nodes that know each other from the start, and watch who dies. */
export class DetectorTown {
  readonly simulator: Simulator;
  readonly members: TownMember[] = [];
  readonly options: DetectorTownOptions;
  onVerdict: ((told: TownVerdict) => void) | undefined;
  /** Of all nodes, since the start, packet heads included. */
  bytesSent = 0;
  private readonly kind: TownKind;
  /** Of a network that is parted, those of the one side. */
  private side: ReadonlySet<number> = new Set();

  constructor(options: DetectorTownOptions) {
    this.options = options;
    this.kind = options.detector === "swim" ? swimKind : beatingKind;
    const { latency, lossRatio = 0, nodesCount, seed } = options;
    const sizeOf = (message: unknown): number => {
      const bytes = this.kind.bytesOf(message) + PACKET_HEAD_BYTES;
      this.bytesSent += bytes;
      return bytes;
    };
    const measured = { sizeOf, bandwidthBytesPerSecond: BOUNDLESS_BYTES_PER_SECOND };
    const network = latency === undefined ? measured : { ...measured, latency };
    this.simulator = new Simulator({ seed, lossRatio, ...network });
    for (let index = 0; index < nodesCount; index += 1) {
      this.simulator.add((host) => this.settle(host));
    }
    for (let one = 0; one < nodesCount; one += 1) this.introduce(one);
  }

  peer(index: number): PeerId {
    return this.kind.peer(index);
  }

  indexOf(peer: PeerId): number {
    return this.kind.indexOf(peer);
  }

  member(index: number): TownMember {
    return at(this.members, index);
  }

  node(index: number): SimNode {
    return at(this.simulator.nodes, index);
  }

  verdict(observer: number, subject: number): Verdict {
    return this.member(observer).detector.verdict(this.peer(subject));
  }

  runForMs(durationMs: number): void {
    this.simulator.runForMs(durationMs);
  }

  crash(index: number): void {
    this.simulator.crash(this.node(index), "machine");
  }

  /** A new life, which the others are told of where the protocol needs it. */
  restart(index: number): void {
    this.simulator.restart(this.node(index));
    this.introduce(index);
  }

  /** Those of the first so many nodes hear only each other. */
  cut(count: number): void {
    this.part(Array.from({ length: count }, (_, index) => index));
  }

  /** These hear only each other, and so do the others. */
  part(side: readonly number[]): void {
    this.side = new Set(side);
    this.simulator.partition(side.map((index) => this.node(index)));
  }

  /** The network is whole again, and somebody of one side asks for one of the other. */
  heal(): void {
    this.simulator.heal();
    const living = this.simulator.nodes.flatMap(({ index, isAlive }) => (isAlive ? [index] : []));
    const one = living.find((index) => this.side.has(index));
    const other = living.filter((index) => !this.side.has(index)).at(-1);
    this.side = new Set();
    if (one === undefined || other === undefined) return;
    this.step(one, (member) => member.meet(this.peer(other)));
  }

  insult(index: number, nonsense: Nonsense): void {
    this.step(index, (member) => member.insult(nonsense));
  }

  private introduce(one: number): void {
    for (let other = 0; other < this.members.length; other += 1) {
      if (other === one || !this.node(other).isAlive) continue;
      this.step(one, (member) => member.meet(this.peer(other)));
    }
  }

  private step(index: number, body: (member: TownMember) => void): void {
    this.node(index).step(() => body(this.member(index)));
  }

  private settle(host: SimNode): void {
    const observer = host.index;
    const member = this.kind.build(host, this.options);
    member.detector.subscribe({
      onVerdict: ({ peer, status }, before) => {
        const subject = this.kind.indexOf(peer);
        const atMs = this.simulator.nowMs;
        this.onVerdict?.({ observer, subject, status, before, atMs });
      },
    });
    this.members[observer] = member;
  }
}
