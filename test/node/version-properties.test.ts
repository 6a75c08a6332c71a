/**
 * Versions of whole nodes under random partitions, crashes and clients that hop: what the spec
 * promises of state transfer (§14), on composed nodes. A failing seed is the whole bug report.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.ts";
import type { HearsayNode, VersionSession, Versions } from "../../src/index.ts";
import { createTestCluster, type TestCluster } from "../../src/testing/index.ts";
import { placesCount } from "./versions-rig.ts";

const MINUTE_MS = 60_000;
const KEYS = ["k1", "k2", "k3"];
const NAMES = ["n1", "n2", "n3"];
const LIMITS = { waitMs: 50, pullMs: 100 };
const options = { replicaSets: { upkeepIntervalMs: 1_000 } };

/** A value is a write of its own, and names the writes that its author had been shown. */
interface Written {
  readonly id: number;
  readonly saw: readonly number[];
}

/** What one client knows: its token, and by key which writes it has been shown. */
interface Client {
  token: string | undefined;
  readonly shown: Map<string, ReadonlySet<number>>;
}

type Visit = VersionSession<Written, Written>;

/** Who writes what after what. */
class History {
  /** By id, all writes that it has replaced, of what its author was shown, and so on. */
  readonly behind = new Map<number, ReadonlySet<number>>();
  readonly acknowledged = new Map<string, Set<number>>();
  private nextId = 1;

  begin(saw: readonly number[]): Written {
    const id = this.nextId;
    this.nextId += 1;
    const past = new Set(saw);
    for (const one of saw) for (const older of this.behind.get(one) ?? []) past.add(older);
    this.behind.set(id, past);
    return { id, saw };
  }

  isCovered(id: number, by: Iterable<number>): boolean {
    for (const one of by) if (one === id || this.behind.get(one)?.has(id) === true) return true;
    return false;
  }
}

type Cluster = TestCluster<Versions<Written, Written>>;

/** Clients that hop between the nodes of a cluster to which things happen. */
class Hops {
  served = 0;
  readonly history = new History();
  private readonly cluster: Cluster;
  private readonly random: Random;
  private readonly clients: Client[] = [0, 1, 2].map(() => {
    return { token: undefined, shown: new Map() };
  });

  constructor(cluster: Cluster, random: Random) {
    this.cluster = cluster;
    this.random = random;
  }

  async step(): Promise<void> {
    const { cluster, random } = this;
    const name = this.pick(NAMES);
    const chance = random.real();
    if (chance < 0.06) cluster.partition([name]);
    else if (chance < 0.12) cluster.heal();
    else if (chance > 0.16) await this.call(name);
    else if (cluster.isRunning(name)) cluster.crash(name);
    else await cluster.restart(name);
    await cluster.runForMs(random.below(400));
  }

  /** The writes of the values that a node holds. */
  heads(name: string, key: string): readonly number[] {
    let found: readonly number[] = [];
    this.cluster.app(name).watch(key, ({ values }) => {
      found = values.map(({ id }) => id);
    })();
    return found;
  }

  private async call(name: string): Promise<void> {
    const { cluster, random } = this;
    if (!cluster.isRunning(name)) return;
    const client = this.pick(this.clients);
    const { token } = client;
    const session = cluster.app(name).session(token === undefined ? {} : { token });
    const key = this.pick(KEYS);
    if (random.chance(0.4)) await this.read(session, client, key);
    else await this.write(session, client, key);
    client.token = session.token();
  }

  private async read(session: Visit, client: Client, key: string): Promise<void> {
    const read = await this.cluster.run(session.get(key, LIMITS));
    if (read.status === "ok") this.check(client, key, read.values);
  }

  private async write(session: Visit, client: Client, key: string): Promise<void> {
    const { history } = this;
    const value = history.begin([...(client.shown.get(key) ?? [])]);
    const written = await this.cluster.run(session.put(key, value, LIMITS));
    if (written.status === "behind") return;
    if (written.status !== "ok") return this.check(client, key, written.values);
    client.shown.set(key, new Set([value.id]));
    const known = history.acknowledged.get(key) ?? new Set();
    history.acknowledged.set(key, known.add(value.id));
  }

  /** Served values hold whatever this client was shown before, or what replaced it. */
  private check(client: Client, key: string, values: readonly Written[]): void {
    const ids = values.map(({ id }) => id);
    for (const id of client.shown.get(key) ?? []) {
      expect(this.history.isCovered(id, ids), `${key}: ${id} is gone from ${ids}`).toBe(true);
    }
    client.shown.set(key, new Set(ids));
    this.served += 1;
  }

  private pick<One>(all: readonly One[]): One {
    const one = all[this.random.below(all.length)];
    if (one === undefined) throw new Error("nothing to pick");
    return one;
  }
}

describe.each(["siblings", "reject-stale"] as const)("versions that %s", (conflict) => {
  it.each([1, 2, 3, 4, 5, 6])("lose no write and never go back, seed %i", async (seed) => {
    // Half of them leave out of contexts at once whatever all know.
    const trim = seed % 2 === 0 ? { contextTrimFromCount: 1 } : {};
    const setup = (node: HearsayNode) => node.versions<Written>("n", { conflict, ...trim });
    await using cluster = await createTestCluster({ nodes: NAMES, seed, options, setup });
    await cluster.until(() => cluster.nodes.every((node) => placesCount(node, "n") === 3));
    const hops = new Hops(cluster, Random.derive(seed, conflict));
    for (let step = 0; step < 120; step += 1) await hops.step();
    cluster.heal();
    for (const name of NAMES) if (!cluster.isRunning(name)) await cluster.restart(name);
    const picture = (name: string) => KEYS.map((key) => hops.heads(name, key).join()).join(" ");
    const isAgreed = () => new Set(NAMES.map(picture)).size === 1;
    const isSettled = () => cluster.nodes.every(isSeenByAll);
    await cluster.until(() => isAgreed() && isSettled(), { limitMs: 5 * MINUTE_MS });
    const { history } = hops;
    for (const [key, ids] of history.acknowledged) {
      const now = hops.heads("n1", key);
      for (const id of ids) {
        expect(history.isCovered(id, now), `${key}: ${id} is lost, ${now} stand`).toBe(true);
      }
      // No value stands beside one that its author had been shown.
      for (const id of now) {
        const others = now.filter((other) => other !== id);
        expect(history.isCovered(id, others)).toBe(false);
      }
    }
    expect(hops.served).toBeGreaterThan(10);
    expect(history.acknowledged.size).toBe(KEYS.length);
  });
});

function isSeenByAll(node: HearsayNode): boolean {
  const [set] = node.replicas.list("versions/n");
  return set?.seenCount !== undefined && set.seenCount === set.stableCount;
}
