import { addressFromBytes } from "../../src/core/ip.ts";
import type {
  SwimCount,
  SwimIdentity,
  SwimListener,
  SwimMember,
} from "../../src/peers/swim/swim.contract.ts";
import type { AliveMessage, SwimMessage } from "../../src/peers/swim/swim.messages.ts";
import { type SwimOptions, swimOptions } from "../../src/peers/swim/swim.options.ts";
import type { SwimTimer } from "../../src/peers/swim/swim.timers.ts";
import { Swim } from "../../src/peers/swim/swim.ts";
import { noPassenger, noReports } from "../../src/peers/swim/telling/no-passenger.ts";
import { swimSizes } from "../../src/peers/swim/wire/swim-sizes.wire.ts";
import type { SimNode } from "../../src/sim/sim-node.ts";
import { Simulator, type SimulatorOptions } from "../../src/sim/simulator.ts";

const PORT = 7946;
const NOTHING = new Uint8Array(0);
/** memberlist's own: asks for nacks, stream pings and checksums. */
const VERSIONS = Uint8Array.of(1, 5, 2, 0, 0, 0);

/** What a member of the group learned about another one. */
export interface Told {
  readonly what: "suspect" | "refuted" | "dead" | "back";
  readonly atMs: number;
  readonly observer: number;
  readonly subject: number;
}

export interface GroupTerms {
  readonly seed: number;
  readonly count: number;
  readonly swim?: Partial<SwimOptions>;
  readonly network?: Omit<SimulatorOptions, "seed">;
}

/**
 * So many of the shipped `Swim` on one simulator, who know each other from the start: the papers
 * measure groups that have formed, not how they form.
 */
export class SwimGroup {
  readonly sim: Simulator;
  readonly nodes: readonly SimNode[];
  readonly swims: Swim[] = [];
  readonly counts = new Map<SwimCount, number>();
  /** Hears of everything that members learn, from the moment it is set. */
  onTold: ((told: Told) => void) | undefined;
  private readonly identities: readonly SwimIdentity[];
  private readonly options: SwimOptions;

  constructor({ seed, count, swim, network }: GroupTerms) {
    this.sim = new Simulator({ ...network, seed });
    this.options = swimOptions("lan", swim);
    this.identities = Array.from({ length: count }, (_, index) => identityOf(index));
    this.nodes = this.identities.map((identity, index) => this.add(identity, index));
    this.introduce();
  }

  node(index: number): SimNode {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  }

  swim(index: number): Swim {
    const swim = this.swims[index];
    if (swim === undefined) throw new Error(`there is no node ${index}`);
    return swim;
  }

  count(name: SwimCount): number {
    return this.counts.get(name) ?? 0;
  }

  /**
   * Nobody suspects `subject` any more. An epidemic reaches almost all, and without push/pull a
   * member whom the suspicion reached and the refutation did not would suspect for ever.
   */
  rehabilitate(subject: number): void {
    const name = nameOf(subject);
    const known = this.swims.map((swim) => swim.members.get(name)?.incarnation ?? 0);
    const alive = aliveOf(identityOf(subject), Math.max(...known) + 1);
    for (let other = 0; other < this.nodes.length; other += 1) {
      if (other !== subject) this.tell(other, alive);
    }
  }

  tell(index: number, message: SwimMessage): void {
    const node = this.node(index);
    node.step(() => this.swim(index).onMessage(node.address, message));
  }

  private add(identity: SwimIdentity, index: number): SimNode {
    const address = addressFromBytes(identity.addr, PORT);
    if (address === undefined) throw new Error("every node has an address");
    const place = { name: identity.name, address };
    return this.sim.add((host) => this.build(host, identity, index), place);
  }

  private build(host: SimNode, identity: SwimIdentity, index: number): void {
    const { counts } = this;
    const counters = {
      add: (name: SwimCount, by = 1): void => {
        counts.set(name, (counts.get(name) ?? 0) + by);
      },
    };
    const listener = this.listenerOf(index);
    const wiring = {
      sizes: swimSizes,
      passenger: noPassenger,
      listener,
      reports: noReports,
      counters,
    };
    this.swims[index] = host.mountStream<SwimMessage, SwimTimer, Swim>(
      "swim",
      (env) => new Swim(env, wiring, identity, this.options),
    );
    this.swims[index]?.start();
  }

  private introduce(): void {
    const all = this.identities.map((identity) => aliveOf(identity, 1));
    for (let index = 0; index < all.length; index += 1) {
      for (const alive of all) this.tell(index, alive);
    }
  }

  private listenerOf(observer: number): SwimListener {
    const tell = (what: Told["what"], { name }: SwimMember): void => {
      this.onTold?.({ what, atMs: this.sim.nowMs, observer, subject: indexOf(name) });
    };
    return {
      onJoin: (member) => tell("back", member),
      onLeave: (member) => tell("dead", member),
      onUpdate: () => {},
      onSuspect: (member) => tell("suspect", member),
      onRefuted: (member) => tell("refuted", member),
      onReap: () => {},
      onConflict: () => {},
    };
  }
}

export function nameOf(index: number): string {
  return `n${index}`;
}

function indexOf(name: string): number {
  return Number(name.slice(1));
}

function aliveOf(identity: SwimIdentity, incarnation: number): AliveMessage {
  const { name, addr, port, meta, vsn } = identity;
  return { kind: "alive", incarnation, node: name, addr, port, meta, vsn };
}

function identityOf(index: number): SwimIdentity {
  const addr = Uint8Array.of(10, 0, (index + 1) >> 8, (index + 1) & 255);
  return { name: nameOf(index), addr, port: PORT, meta: NOTHING, vsn: VERSIONS };
}
