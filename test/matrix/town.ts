/** Nodes with one replica each, kept in agreement by the exchanges of one row of the matrix. */
import type { Dot } from "../../src/core/dot.ts";
import type { Env } from "../../src/core/env.ts";
import type { JournalChannel } from "../../src/core/journal-channel.ts";
import { type GivenOptions, resolveOptions } from "../../src/core/options.ts";
import { makeOrigin, type PeerId, peerId } from "../../src/core/peer.ts";
import { Random } from "../../src/core/random.ts";
import type { AntiEntropyMessage } from "../../src/exchange/anti-entropy/anti-entropy.messages.ts";
import {
  type AntiEntropyOptions,
  antiEntropyDefaults,
} from "../../src/exchange/anti-entropy/anti-entropy.options.ts";
import {
  AntiEntropy,
  type AntiEntropyTimer,
} from "../../src/exchange/anti-entropy/anti-entropy.ts";
import { directMailDefaults } from "../../src/exchange/direct-mail/direct-mail.options.ts";
import { DirectMail, type DirectMailTimer } from "../../src/exchange/direct-mail/direct-mail.ts";
import type { Enrolled, PushedUpdate } from "../../src/exchange/enrolled.ts";
import { floodingDefaults } from "../../src/exchange/flooding/flooding.options.ts";
import { Flooding } from "../../src/exchange/flooding/flooding.ts";
import type { PlumtreeEnv } from "../../src/exchange/plumtree/plumtree.contract.ts";
import {
  type PlumtreeOptions,
  plumtreeDefaults,
} from "../../src/exchange/plumtree/plumtree.options.ts";
import { Plumtree } from "../../src/exchange/plumtree/plumtree.ts";
import type { RumorEnv } from "../../src/exchange/rumor/rumor.contract.ts";
import { checkRumorOptions, rumorDefaults } from "../../src/exchange/rumor/rumor.options.ts";
import { Rumor } from "../../src/exchange/rumor/rumor.ts";
import { type BoundedNeighbours, boundedNeighbours } from "../../src/peers/bounded-neighbours.ts";
import { StaticView } from "../../src/peers/static/static-view.ts";
import type { SimNode } from "../../src/sim/sim-node.ts";
import { Simulator, type SimulatorOptions } from "../../src/sim/simulator.ts";
import { FakeJournalChannel } from "../../src/testing/fake-journal-channel.ts";
import type { ReplicaRig } from "../../src/testing/replica-contract.ts";

export type ExchangeName = "antiEntropy" | "directMail" | "flooding" | "plumtree" | "rumor";

/** What of a host a data model may use. */
export interface DataHost {
  readonly wallClock: () => number;
  readonly afterStep: (body: () => void) => void;
  /** Where it keeps what a later life of the node takes over; absent without a disk. */
  readonly disk?: JournalChannel | undefined;
}

/** One column of the matrix: a data model whose writes the test commands. */
export interface DataColumn {
  readonly name: string;
  /** Twice what a third of lost packets cost in the worst of some seeds, by anti-entropy alone. */
  readonly patienceMs: number;
  make(origin: ReturnType<typeof makeOrigin>, host: DataHost): Resident;
}

export interface Resident extends ReplicaRig<unknown> {
  readonly sizeOf: (update: unknown) => number;
}

export interface TownOptions extends Partial<SimulatorOptions> {
  readonly seed: number;
  readonly nodesCount: number;
  readonly exchanges: readonly ExchangeName[];
  readonly column: DataColumn;
  readonly antiEntropy?: Partial<AntiEntropyOptions>;
  /** What is there again after a crash. Default: nothing. */
  readonly disks?: "none" | "journals";
  readonly trees?: PlumtreeOptions["trees"];
  readonly rumor?: GivenOptions<typeof rumorDefaults>;
}

export class Town {
  readonly simulator: Simulator;
  readonly residents: Resident[] = [];
  readonly counts = new Map<string, number>();
  private readonly options: TownOptions;
  private readonly random: Random;
  private readonly lives: number[] = [];
  private readonly journals: (FakeJournalChannel | undefined)[] = [];

  constructor(options: TownOptions) {
    const { antiEntropy: _, column: __, exchanges: ___, trees: ____, ...others } = options;
    const { disks: ______, rumor: _____, ...rest } = others;
    const { nodesCount, ...network } = rest;
    this.options = options;
    this.random = Random.derive(options.seed, "town");
    this.simulator = new Simulator(network);
    for (let at = 0; at < nodesCount; at += 1) this.simulator.add((host) => this.settle(host));
  }

  get column(): DataColumn {
    return this.options.column;
  }

  get nodes(): readonly SimNode[] {
    return this.simulator.nodes;
  }

  /** Something is written on a living node; undefined when it is not. */
  write(at: number): Dot | undefined {
    const node = this.nodes[at];
    const resident = this.residents[at];
    if (node === undefined || resident === undefined || !node.isAlive) return undefined;
    const [dot] = node.step(() => resident.write(this.random));
    return dot;
  }

  /** The next life of this node begins with an empty disk. */
  loseDisk(at: number): void {
    this.journals[at] = undefined;
  }

  /** All living nodes have seen the same and hold the same. */
  agrees(): boolean {
    const living = this.residents.filter((_, at) => this.nodes[at]?.isAlive);
    if (new Set(living.map(({ replica }) => replica.seen.hash())).size !== 1) return false;
    return new Set(living.map((resident) => resident.state())).size === 1;
  }

  count(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  /** One life of a node: it forgets all when it dies, and is another origin afterwards. */
  private settle(host: SimNode): void {
    const at = host.index;
    const life = (this.lives[at] ?? 0) + 1;
    this.lives[at] = life;
    const peers = new StaticView(host.self, 6);
    for (let other = 0; other < this.options.nodesCount; other += 1) {
      peers.add(((at + other) % this.options.nodesCount) as PeerId & number);
    }
    const resident = this.options.column.make(makeOrigin(`n${at}`, life), {
      wallClock: () => host.wallClockMs,
      afterStep: (body) => host.afterStep(body),
      disk: this.options.disks === "journals" ? this.journalOf(at) : undefined,
    });
    this.residents[at] = resident;
    const enrolled = { name: "x", replica: resident.replica, sizeOf: resident.sizeOf };
    for (const name of this.options.exchanges) this.mount(host, { name, peers, enrolled });
  }

  private journalOf(at: number): FakeJournalChannel {
    // In a crowded one a snapshot is written whenever there is a chance.
    const kind = at % 2 === 0 ? "crowded" : "roomy";
    const journal = this.journals[at] ?? new FakeJournalChannel(kind);
    this.journals[at] = journal;
    return journal;
  }

  private mount(
    host: SimNode,
    { enrolled, name, peers }: { name: ExchangeName; peers: StaticView; enrolled: Enrolled },
  ): void {
    const wiring = { peers, counters: { add: (what: string, by = 1) => this.count(what, by) } };
    const begin = <P extends { enrol(one: Enrolled): void; start(): void }>(protocol: P): P => {
      protocol.enrol(enrolled);
      protocol.start();
      return protocol;
    };
    switch (name) {
      case "antiEntropy":
        host.mountDirect(name, (env: Env<AntiEntropyMessage, AntiEntropyTimer>) =>
          begin(
            new AntiEntropy(env, wiring, { ...antiEntropyDefaults, ...this.options.antiEntropy }),
          ),
        );
        return;
      case "directMail":
        host.mountDirect(name, (env: Env<PushedUpdate, DirectMailTimer>) =>
          begin(new DirectMail(env, wiring, directMailDefaults)),
        );
        return;
      case "flooding":
        host.mountDirect(name, (env: Env<PushedUpdate, never>) =>
          begin(new Flooding(env, wiring, floodingDefaults)),
        );
        return;
      case "plumtree":
        host.mountDirect(name, (env: PlumtreeEnv) => {
          const near = { ...wiring, peers: this.ringsAround(host.self) };
          const { trees = "shared" } = this.options;
          return begin(new Plumtree(env, near, { ...plumtreeDefaults, trees }));
        });
        return;
      case "rumor":
        host.mountDirect(name, (env: RumorEnv) =>
          begin(new Rumor(env, wiring, this.rumorOptions())),
        );
        return;
    }
  }

  private rumorOptions() {
    return resolveOptions("rumor", rumorDefaults, this.options.rumor, checkRumorOptions);
  }

  private ringsAround(self: PeerId): BoundedNeighbours {
    const everybody = new StaticView(self);
    for (let other = 0; other < this.options.nodesCount; other += 1) everybody.add(peerId(other));
    return boundedNeighbours(everybody, { self, neighboursCount: 4 });
  }
}
