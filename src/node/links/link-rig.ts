import { Counters } from "../../core/metrics.ts";
import { resolveOptions } from "../../core/options.ts";
import { makeOrigin, type PeerId, peerId } from "../../core/peer.ts";
import type { SimNode } from "../../sim/sim-node.ts";
import { Simulator } from "../../sim/simulator.ts";
import { Keyring } from "../../wire/keyring.ts";
import { labelBytes } from "../../wire/label.ts";
import type { NodeTraffic } from "../traffic/node-traffic.ts";
import type { LinkLayer } from "./link-layer.ts";
import type { LinkPorts, LinkRouting, LinkUser, QueueRule } from "./links.contract.ts";
import { type LinksOptions, linksDefaults } from "./links.options.ts";
import { mountLinks } from "./mount-links.ts";

export const LOOSE = 40;
export const LAZY = 41;
export const LINKED = 42;

/** Writes down what its channel hears, as texts. */
export class Noter implements LinkUser {
  readonly log: string[];
  /** Peers whose link broke. */
  readonly lost: string[] = [];
  private readonly mark: string;

  constructor(log: string[], mark: string) {
    this.log = log;
    this.mark = mark;
  }
  onMessage(peer: PeerId, bytes: Uint8Array): void {
    const text = bytes.length > 40 ? `${bytes.length} bytes` : new TextDecoder().decode(bytes);
    this.log.push(`${this.mark}${peer}: ${text}`);
  }
  onLinkLost(peer: PeerId): void {
    this.lost.push(String(peer));
  }
  onUnsent(peer: PeerId, bytes: Uint8Array): void {
    this.log.push(`${this.mark}unsent ${peer}: ${new TextDecoder().decode(bytes)}`);
  }
  onDrained(peer: PeerId): void {
    this.log.push(`${this.mark}drained ${peer}`);
  }
}

class LinkedNoter extends Noter {
  onLinkUp(peer: PeerId): void {
    this.log.push(`up ${peer}`);
  }
  onLinkDown(peer: PeerId): void {
    this.log.push(`down ${peer}`);
  }
}

export interface LinkPartySetup {
  readonly label?: string;
  readonly keys?: Keyring;
  readonly boot?: number;
  readonly options?: Partial<LinksOptions>;
  /** What it knows of paths. Default: where the test has cut them. */
  readonly knows?: "paths" | "nothing";
  readonly traffic?: NodeTraffic;
}

/** One life of a node of a simulation with nothing on it but links. */
export interface LinkParty {
  readonly name: string;
  readonly node: SimNode;
  readonly links: LinkLayer;
  readonly log: string[];
  /** Peers whose link broke. */
  readonly lost: readonly string[];
  readonly counters: Counters;
  say(to: string, text: string, channel?: number): string;
  open(to: string): void;
  close(to: string): void;
}

export class LinkTown {
  readonly simulator: Simulator;
  readonly parties = new Map<string, LinkParty>();
  /** How dials of each have ended: "a b down". */
  readonly dialled: string[] = [];
  /** Who has heard whom on links of their own: "a b". */
  readonly heard = new Set<string>();
  private readonly cuts = new Set<string>();

  constructor(seed = 1) {
    this.simulator = new Simulator({ seed, latencyMinMs: 1, latencyMaxMs: 3 });
  }

  add(name: string, setup: LinkPartySetup = {}): LinkParty {
    const node = this.simulator.add(() => {}, { name });
    node.label = setup.label ?? "";
    return this.begin(name, node, setup);
  }

  /** The process ends, and another life begins on the machine. */
  restart(name: string, boot: number, setup: LinkPartySetup = {}): LinkParty {
    const node = this.kill(name);
    node.begin(() => {});
    return this.begin(name, node, { ...setup, boot });
  }

  kill(name: string, what: "process" | "machine" = "process"): SimNode {
    const { node } = this.get(name);
    this.simulator.crash(node, what);
    return node;
  }

  get(name: string): LinkParty {
    const party = this.parties.get(name);
    if (party === undefined) throw new Error(`nobody is called ${name}`);
    return party;
  }

  /** Nothing gets from one to the other, and both know it. */
  cut(one: string, other: string): void {
    this.cuts.add(pairOf(one, other));
    for (const [from, to] of bothWays(this.get(one).node, this.get(other).node)) {
      this.simulator.network.cut(from, to);
    }
  }

  mend(one: string, other: string): void {
    this.cuts.delete(pairOf(one, other));
    for (const [from, to] of bothWays(this.get(one).node, this.get(other).node)) {
      this.simulator.network.mend(from, to);
    }
  }

  run(durationMs: number): void {
    this.simulator.runForMs(durationMs);
  }

  private routingOf(name: string): LinkRouting {
    const isCut = (one: PeerId | string, other: PeerId | string): boolean =>
      this.cuts.has(pairOf(String(one), String(other)));
    const others = () => [...this.parties.keys()].filter((other) => other !== name).map(peerId);
    return {
      isCut: (peer) => isCut(name, peer),
      isPacketsOnly: () => false,
      isMember: (peer) => this.parties.has(String(peer)),
      routesTo: (peer) =>
        others().filter((one) => one !== peer && !isCut(name, one) && !isCut(one, peer)),
      onHeard: (peer) => void this.heard.add(`${name} ${peer}`),
      onDialled: (peer, state) => void this.dialled.push(`${name} ${peer} ${state}`),
    };
  }

  private begin(name: string, node: SimNode, setup: LinkPartySetup): LinkParty {
    const counters = new Counters();
    const ports: LinkPorts = {
      ...(setup.knows !== "nothing" && { routing: this.routingOf(name) }),
      label: labelBytes(setup.label ?? ""),
      traffic: setup.traffic,
      keyring: setup.keys,
      counters: { add: (what, by = 1) => counters.count(what, by) },
      origin: () => makeOrigin(name, setup.boot ?? 1),
      addressOf: (peer) => this.parties.get(String(peer))?.node.address,
    };
    const log: string[] = [];
    const loose = new Noter(log, "");
    const options = resolveOptions("links", linksDefaults, setup.options);
    const links = node.step(() => {
      const made = mountLinks(node, ports, options);
      const use = (channel: number, user: LinkUser, rule: QueueRule) =>
        made.use(channel, user, rule);
      use(LOOSE, loose, "keep");
      use(LAZY, new Noter(log, "lazy "), "drop");
      use(LINKED, new LinkedNoter(log, "linked "), "keep");
      made.start();
      return made;
    });
    const bytes = (text: string) => new TextEncoder().encode(text);
    const party: LinkParty = {
      name,
      node,
      links,
      log,
      lost: loose.lost,
      counters,
      say: (to, text, channel = LOOSE) =>
        node.step(() => links.send(peerId(to), channel, bytes(text))),
      open: (to) => node.step(() => links.openLink(peerId(to), LINKED)),
      close: (to) => node.step(() => links.closeLink(peerId(to), LINKED)),
    };
    this.parties.set(name, party);
    return party;
  }
}

function pairOf(one: string, other: string): string {
  return [one, other].sort().join(" ");
}

function bothWays(one: SimNode, other: SimNode) {
  return [[one, other] as const, [other, one] as const];
}

export const keyOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
export const ringOf = (...fills: readonly number[]): Keyring => new Keyring(fills.map(keyOf));
