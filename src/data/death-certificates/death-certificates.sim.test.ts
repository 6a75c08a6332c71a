/** Deleted items stay deleted, in a cluster that compares all it holds by anti-entropy. */
import { describe, expect, it } from "vitest";
import type { Env } from "../../core/env.ts";
import { makeOrigin, type PeerId, peerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { SimNode } from "../../sim/sim-node.ts";
import { Simulator } from "../../sim/simulator.ts";
import { compareStamps, type DeathCertificate, type Stamp } from "./death-certificates.messages.ts";
import {
  type DeathCertificatesOptions,
  deathCertificatesDefaults,
} from "./death-certificates.options.ts";
import { DeathCertificates } from "./death-certificates.ts";

const NODES = 40;
const ROUND_MS = 100;
/** τ1: thirty rounds, and anti-entropy among forty takes some eight. */
const ACTIVE_MS = 30 * ROUND_MS;
const DORMANT_MS = 100 * ACTIVE_MS;

interface Talk {
  readonly items: readonly (readonly [string, Stamp])[];
  readonly certificates: readonly DeathCertificate[];
  readonly kind: "question" | "answer";
}

/** A replicated set of keys: each round two nodes exchange all that they hold. */
class KeyStore implements Protocol<Talk, "round"> {
  readonly items = new Map<string, Stamp>();
  readonly certificates: DeathCertificates;
  private readonly env: Env<Talk, "round">;

  constructor(env: Env<Talk, "round">, certificates: DeathCertificates) {
    this.env = env;
    this.certificates = certificates;
  }

  start(): void {
    this.env.setTimer("round", this.env.random.real() * ROUND_MS);
  }

  stop(): void {}

  insert(key: string): void {
    this.hold(key, this.stamp());
  }

  remove(key: string): void {
    this.certificates.bury(key, this.stamp());
    this.items.delete(key);
  }

  onTimer(): void {
    this.env.setTimer("round", ROUND_MS);
    this.certificates.sweep();
    const other = this.env.random.below(NODES);
    if (other !== Number(this.env.self)) this.tell(peerId(other), "question");
  }

  onMessage(from: PeerId, { certificates, items, kind }: Talk): void {
    for (const certificate of certificates) this.bury(certificate);
    for (const [key, written] of items) this.hold(key, written);
    if (kind === "question") this.tell(from, "answer");
  }

  private tell(to: PeerId, kind: Talk["kind"]): void {
    const certificates = [...this.certificates.active()];
    this.env.send(to, { items: [...this.items], certificates, kind });
  }

  private bury(certificate: DeathCertificate): void {
    const verdict = this.certificates.take(certificate);
    if (verdict !== "news" && verdict !== "late") return;
    const held = this.items.get(certificate.key);
    if (held === undefined || compareStamps(held, certificate.ordinary) > 0) return;
    this.items.delete(certificate.key);
  }

  private hold(key: string, written: Stamp): void {
    const held = this.items.get(key);
    if (held !== undefined && compareStamps(held, written) >= 0) return;
    if (this.certificates.judge(key, written).kind !== "alive") return;
    this.certificates.forget(key, written);
    this.items.set(key, written);
  }

  private stamp(): Stamp {
    return { atMs: this.env.wallClock(), origin: makeOrigin(`n${this.env.self}`, 1) };
  }
}

class KeyTown {
  readonly simulator: Simulator;
  readonly stores: KeyStore[] = [];
  readonly counts = new Map<string, number>();

  constructor(seed: number, options: Partial<DeathCertificatesOptions> = {}) {
    this.simulator = new Simulator({ seed });
    for (let at = 0; at < NODES; at += 1) {
      this.simulator.add((host) => this.settle(host, options));
    }
  }

  /** All nodes but the last; it is cut off, and comes back with what it held. */
  cutOffLast(): void {
    this.simulator.partition([...this.simulator.nodes.slice(-1)]);
  }

  passActive(times: number): void {
    this.simulator.runForMs(times * ACTIVE_MS);
  }

  /** How many nodes hold the item, and how many know of its death. */
  get holders(): number {
    return this.stores.filter(({ items }) => items.has("k")).length;
  }

  get certificatesCount(): number {
    return this.stores.filter(({ certificates }) => certificates.size > 0).length;
  }

  store(at: number): KeyStore {
    const store = this.stores[at];
    if (store === undefined) throw new Error(`no node ${at}`);
    return store;
  }

  private settle(host: SimNode, options: Partial<DeathCertificatesOptions>): void {
    host.mountDirect<Talk, "round", KeyStore>("keys", (env) => {
      const certificates = new DeathCertificates(
        {
          self: String(host.self),
          wallClock: () => host.wallClockMs,
          chooseSites: (count) => env.random.sampleIndexes(NODES - 1, count).map(String),
          counters: { add: (name) => this.counts.set(name, (this.counts.get(name) ?? 0) + 1) },
        },
        {
          ...deathCertificatesDefaults,
          activeMs: ACTIVE_MS,
          dormantMs: DORMANT_MS,
          ...options,
        },
      );
      const store = new KeyStore(env, certificates);
      this.stores.push(store);
      store.start();
      return store;
    });
  }
}

/** An item that everybody has; one node is cut off, and the others delete it. */
function deletedBehind(seed: number, options: Partial<DeathCertificatesOptions> = {}): KeyTown {
  const town = new KeyTown(seed, options);
  town.store(0).insert("k");
  town.passActive(1);
  expect(town.holders).toBe(NODES);
  town.cutOffLast();
  town.store(3).remove("k");
  return town;
}

describe.each([1, 2, 3, 4, 5])("a deleted item, seed %i", (seed) => {
  it("does not come back with a node that was away for less than τ1", () => {
    const town = deletedBehind(seed);
    town.simulator.runForMs(ACTIVE_MS / 2);
    expect([town.holders, town.certificatesCount]).toEqual([1, NODES - 1]);
    town.simulator.heal();
    town.simulator.runForMs(ACTIVE_MS / 3);
    expect(town.holders).toBe(0);
    expect(town.counts.get("deathCertificates.awakened")).toBeUndefined();
  });

  it("does not come back with a node that was away for much longer than τ1", () => {
    const town = deletedBehind(seed);
    town.passActive(20);
    const sites = deathCertificatesDefaults.retentionSitesCount;
    expect([town.holders, town.certificatesCount]).toEqual([1, sites]);
    town.simulator.heal();
    town.passActive(2);
    expect(town.holders).toBe(0);
    // The snowball rule: each copy wakes up at most once, though the item met them again and again.
    const awakened = town.counts.get("deathCertificates.awakened") ?? 0;
    expect(awakened).toBeGreaterThan(0);
    expect(awakened).toBeLessThanOrEqual(sites);
    town.passActive(10);
    expect([town.holders, town.certificatesCount]).toEqual([0, sites]);
    expect(town.counts.get("deathCertificates.awakened")).toBe(awakened);
  });

  it("does come back where nobody keeps a dormant copy", () => {
    const town = deletedBehind(seed, { retentionSitesCount: 0 });
    town.passActive(20);
    town.simulator.heal();
    town.passActive(2);
    expect(town.holders).toBe(NODES);
  });

  it("that was written anew meanwhile lives, though the old one awakens its certificate", () => {
    const town = deletedBehind(seed);
    town.passActive(5);
    town.store(7).insert("k");
    town.simulator.heal();
    town.passActive(2);
    expect(town.holders).toBe(NODES);
    const stamps = new Set(town.stores.map(({ items }) => items.get("k")?.origin));
    expect([...stamps]).toEqual([makeOrigin("n7", 1)]);
  });

  it("does not come back in spite of a τ1 that is too short, and nothing snowballs", () => {
    // Three rounds: no certificate reaches everybody while it is active.
    const town = deletedBehind(seed, { activeMs: 3 * ROUND_MS });
    town.passActive(5);
    town.simulator.heal();
    town.passActive(60);
    const awakened = town.counts.get("deathCertificates.awakened") ?? 0;
    expect(awakened).toBeLessThan(60);
    expect(town.holders).toBe(0);
  });
});
