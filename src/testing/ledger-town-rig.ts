import type { Dot } from "../core/dot.ts";
import { encodeHex } from "../core/hex.ts";
import { makeOrigin, type PeerId, peerId } from "../core/peer.ts";
import { decodeBlock } from "../data/ledger/block.ts";
import { headerHash } from "../data/ledger/header.ts";
import type { Block, EventKind } from "../data/ledger/ledger.contract.ts";
import type { LedgerMessage, LedgerTimer } from "../data/ledger/ledger.messages.ts";
import { type LedgerOptions, ledgerDefaults } from "../data/ledger/ledger.options.ts";
import { Ledger } from "../data/ledger/ledger.ts";
import type { LedgerCount, LedgerHalt, LedgerPorts } from "../data/ledger/ledger-ports.ts";
import { type OrderItem, orderedBytes } from "../data/ledger/order-intake.ts";
import type { SimNode } from "../sim/sim-node.ts";
import { Simulator } from "../sim/simulator.ts";
import { emptyLedgerDisk, FakeLedgerStore, type LedgerDisk } from "./fake-ledger-store.ts";
import { crypt, signerNumber } from "./ledger-rig.ts";

const DISK_MS = 2;
const ORDER_MS = 5;

export interface TownOptions {
  readonly seed: number;
  /** The first of them sign. */
  readonly nodesCount: number;
  readonly signersCount: number;
  readonly lossRatio?: number;
  readonly numbers?: Partial<LedgerOptions>;
}

export interface Townsman {
  readonly node: SimNode;
  readonly disk: LedgerDisk;
  readonly final: Block[];
  readonly halts: LedgerHalt[];
  readonly counts: Map<LedgerCount, number>;
  /** Of the life that runs. */
  ledger: Ledger;
  /** How far the order was told it; a snapshot of the application stands for what is before. */
  told: number;
  isPaused: boolean;
}

/** Ledgers on simulated machines, below them an order that is simply right. */
export class LedgerTown {
  readonly simulator: Simulator;
  readonly town: Townsman[] = [];
  readonly items: OrderItem[] = [];
  /** Kept for newcomers who are to begin with one. */
  snapshot: { readonly bytes: Uint8Array; readonly at: number } | undefined;
  /** Who hears the order; all, when a test says nothing. */
  hearsOrder: (index: number) => boolean = () => true;
  private readonly options: TownOptions;
  private readonly numbers: LedgerOptions;
  private eventsCount = 0;
  private readonly seqs = new Map<number, number>();

  constructor(options: TownOptions) {
    this.options = options;
    this.numbers = { ...ledgerDefaults, ...options.numbers };
    const { lossRatio = 0, seed } = options;
    this.simulator = new Simulator({ seed, lossRatio });
    for (let index = 0; index < options.nodesCount; index += 1) this.addNode();
  }

  addNode(disk: LedgerDisk = emptyLedgerDisk()): Townsman {
    const index = this.town.length;
    const place: { townsman?: Townsman } = {};
    const node = this.simulator.add((host) => {
      const { townsman } = place;
      const ledger = this.mount(host, index, townsman?.disk ?? disk);
      if (townsman !== undefined) {
        townsman.ledger = ledger;
        townsman.told = 0;
        townsman.isPaused = false;
        this.settleOrder(townsman);
      } else this.starting = ledger;
    });
    const { starting } = this;
    if (starting === undefined) throw new Error("a node begins at once");
    const counts = this.countsOf(index);
    const townsman: Townsman = {
      node,
      disk,
      final: this.finalOf(index),
      halts: this.haltsOf(index),
      counts,
      ledger: starting,
      told: 0,
      isPaused: false,
    };
    place.townsman = townsman;
    this.town.push(townsman);
    this.settleOrder(townsman);
    return townsman;
  }

  append(index: number, data: Uint8Array, kind: EventKind = "data"): Dot {
    const seq = (this.seqs.get(index) ?? 0) + 1;
    this.seqs.set(index, seq);
    const dot = { origin: makeOrigin(`p${index}`, 1), seq };
    this.eventsCount += 1;
    const ms = this.simulator.engine.options.epochMs + Math.floor(this.simulator.nowMs);
    this.order({
      kind: "event",
      orderIndex: this.eventsCount,
      dot,
      clock: new Map([[dot.origin, seq]]),
      hlc: { ms, counter: this.eventsCount % 1_000 },
      bytes: orderedBytes(kind, data),
    });
    return dot;
  }

  heads(): string[] {
    return this.town.map(({ ledger }) => {
      const { hash, header } = ledger.head ?? {};
      return hash === undefined ? "none" : `${header?.number} ${encodeHex(hash)}`;
    });
  }

  /** All have one chain, and all events that were ordered are in it, each once. */
  isSettled(): boolean {
    const heads = new Set(this.heads());
    const ends = this.town.map(({ ledger }) => ledger.head?.header.lastOrderIndex);
    return heads.size === 1 && ends.every((end) => end === this.eventsCount);
  }

  /** Hashes of the blocks on the disk of one, in order. */
  chainOf({ disk }: Townsman): string[] {
    return disk.blocks.map((bytes) => {
      const block = decodeBlock(bytes);
      return block === undefined ? "none" : encodeHex(headerHash(crypt, block.header));
    });
  }

  restart(townsman: Townsman): void {
    this.simulator.restart(townsman.node);
  }

  private starting: Ledger | undefined;
  private readonly allFinal = new Map<number, Block[]>();
  private readonly allHalts = new Map<number, LedgerHalt[]>();
  private readonly allCounts = new Map<number, Map<LedgerCount, number>>();

  private finalOf(index: number): Block[] {
    return kept(this.allFinal, index, () => []);
  }

  private haltsOf(index: number): LedgerHalt[] {
    return kept(this.allHalts, index, () => []);
  }

  private countsOf(index: number): Map<LedgerCount, number> {
    return kept(this.allCounts, index, () => new Map<LedgerCount, number>());
  }

  private mount(host: SimNode, index: number, disk: LedgerDisk): Ledger {
    const { signersCount } = this.options;
    const ledger = host.mountDirect<LedgerMessage, LedgerTimer, Ledger>("ledger", (env) => {
      const { life } = host;
      const store = new FakeLedgerStore(disk, (run) => {
        this.simulator.plan(DISK_MS, () => {
          if (host.life === life && host.isAlive) host.step(run);
        });
      });
      const ports: LedgerPorts = {
        env,
        name: `p${index}`,
        chainName: "audit",
        crypt,
        options: this.numbers,
        signer: index < signersCount ? signerNumber(index + 1) : undefined,
        store,
        order: {
          isLeader: () => this.leader === index,
          founders: () => Array.from({ length: signersCount }, (_, at) => `p${at}`),
          note: (bytes) => {
            this.simulator.plan(ORDER_MS, () => {
              if (host.life === life && host.isAlive) this.orderNote(bytes);
            });
          },
        },
        peers: () => this.peersOf(index),
        listener: {
          onFounded: () => {},
          onFinal: (block) => this.finalOf(index).push(block),
          onHalted: (halt) => this.haltsOf(index).push(halt),
          onRoom: () => {
            const townsman = this.town[index];
            if (townsman === undefined) return;
            townsman.isPaused = false;
            this.settleOrder(townsman);
          },
          count: (name) => {
            const counts = this.countsOf(index);
            counts.set(name, (counts.get(name) ?? 0) + 1);
          },
        },
      };
      return new Ledger(ports);
    });
    ledger.start();
    return ledger;
  }

  private get leader(): number {
    return this.town.findIndex(({ node }) => node.isAlive);
  }

  private peersOf(index: number): PeerId[] {
    return this.town.map((_, at) => peerId(at)).filter((_, at) => at !== index);
  }

  private orderNote(bytes: Uint8Array): void {
    this.order({ kind: "note", orderIndex: this.eventsCount, bytes });
  }

  private order(item: OrderItem): void {
    this.items.push(item);
    for (const townsman of this.town) this.settleOrder(townsman);
  }

  /** Tells one what it has not been told, a little later. */
  private settleOrder(townsman: Townsman): void {
    const index = this.town.indexOf(townsman);
    const { node } = townsman;
    const { life } = node;
    this.simulator.plan(ORDER_MS, () => {
      if (node.life !== life || !node.isAlive || !this.hearsOrder(index)) return;
      node.step(() => this.tell(townsman));
    });
  }

  private tell(townsman: Townsman): void {
    const { snapshot } = this;
    if (snapshot !== undefined && townsman.told < snapshot.at) {
      if (!townsman.ledger.restore(snapshot.bytes)) throw new Error("a snapshot is understood");
      townsman.told = snapshot.at;
    }
    while (!townsman.isPaused && townsman.told < this.items.length) {
      const items = this.items.slice(townsman.told, townsman.told + 100);
      townsman.told += items.length;
      townsman.isPaused = townsman.ledger.onItems(items) === "pause";
    }
  }
}

function kept<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
