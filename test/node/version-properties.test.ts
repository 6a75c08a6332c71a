/**
 * Versions of whole nodes under random partitions, crashes and clients that hop: what the spec
 * promises of state transfer (§14), on composed nodes. A failing seed is the whole bug report.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.ts";
import type { HearsayNode, VersionSession } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";
import { placesCount } from "./versions-rig.ts";

const MINUTE_MS = 60_000;
const KEYS = ["k1", "k2", "k3"];
const NAMES = ["n1", "n2", "n3"];
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

describe.each(["siblings", "reject-stale"] as const)("versions that %s", (conflict) => {
  it.each([1, 2, 3, 4, 5, 6])("lose no write and never go back, seed %i", async (seed) => {
    const random = Random.derive(seed, conflict);
    const setup = (node: HearsayNode) => node.versions<Written>("n", { conflict });
    await using cluster = await createTestCluster({ nodes: NAMES, seed, options, setup });
    await cluster.until(() => cluster.nodes.every((node) => placesCount(node, "n") === 3));
    const history = new History();
    const clients: Client[] = [0, 1, 2].map(() => ({ token: undefined, shown: new Map() }));
    const pick = <One>(all: readonly One[]): One => {
      const one = all[random.below(all.length)];
      if (one === undefined) throw new Error("nothing to pick");
      return one;
    };
    let served = 0;

    /** Served values hold whatever this client was shown before, or what replaced it. */
    const check = (client: Client, key: string, values: readonly Written[]): void => {
      const ids = values.map(({ id }) => id);
      for (const id of client.shown.get(key) ?? []) {
        expect(history.isCovered(id, ids), `${key}: ${id} is gone from ${ids}`).toBe(true);
      }
      client.shown.set(key, new Set(ids));
      served += 1;
    };

    const act = async (): Promise<void> => {
      const name = pick(NAMES);
      if (!cluster.isRunning(name)) return;
      const client = pick(clients);
      const key = pick(KEYS);
      const { token } = client;
      const session: VersionSession<Written, Written> = cluster
        .app(name)
        .session(token === undefined ? {} : { token });
      const limits = { waitMs: 50, pullMs: 100 };
      if (random.chance(0.4)) {
        const read = await cluster.run(session.get(key, limits));
        if (read.status === "ok") check(client, key, read.values);
      } else {
        const value = history.begin([...(client.shown.get(key) ?? [])]);
        const written = await cluster.run(session.put(key, value, limits));
        if (written.status === "ok") {
          client.shown.set(key, new Set([value.id]));
          const known = history.acknowledged.get(key) ?? new Set();
          history.acknowledged.set(key, known.add(value.id));
        } else if (written.status !== "behind") check(client, key, written.values);
      }
      client.token = session.token();
    };

    for (let step = 0; step < 120; step += 1) {
      const chance = random.real();
      if (chance < 0.06) cluster.partition([pick(NAMES)]);
      else if (chance < 0.12) cluster.heal();
      else if (chance < 0.16) {
        const name = pick(NAMES);
        if (cluster.isRunning(name)) cluster.crash(name);
        else await cluster.restart(name);
      } else await act();
      await cluster.runForMs(random.below(400));
    }
    cluster.heal();
    for (const name of NAMES) if (!cluster.isRunning(name)) await cluster.restart(name);
    const heads = (name: string, key: string): readonly number[] => {
      let found: readonly number[] = [];
      cluster.app(name).watch(key, ({ values }) => {
        found = values.map(({ id }) => id);
      })();
      return found;
    };
    const picture = (name: string) => KEYS.map((key) => heads(name, key).join()).join(" ");
    const isAgreed = () => new Set(NAMES.map(picture)).size === 1;
    const isSettled = () => cluster.nodes.every((node) => isSeenByAll(node));
    await cluster.until(() => isAgreed() && isSettled(), { limitMs: 5 * MINUTE_MS });
    for (const [key, ids] of history.acknowledged) {
      const now = heads("n1", key);
      for (const id of ids) {
        expect(history.isCovered(id, now), `${key}: ${id} is lost, ${now} stand`).toBe(true);
      }
      // No value stands beside one that its author had been shown.
      for (const id of now) {
        const others = now.filter((other) => other !== id);
        expect(history.isCovered(id, others)).toBe(false);
      }
    }
    expect(served).toBeGreaterThan(10);
    expect(history.acknowledged.size).toBe(KEYS.length);
  });
});

function isSeenByAll(node: HearsayNode): boolean {
  const [set] = node.replicas.list("versions/n");
  return set?.seenCount !== undefined && set.seenCount === set.stableCount;
}
