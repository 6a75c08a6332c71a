/**
 * Clients who hop from node to node of a bad network never see time go back, and lose no
 * acknowledged write. [spec state transfer §6, §14]
 */
import { expect, it } from "vitest";
import { Random } from "../../src/core/random.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/core/text.ts";
import { Session } from "../../src/data/version-tree/session.ts";
import { versionTreeDefaults } from "../../src/data/version-tree/version-tree.options.ts";
import { VersionTree } from "../../src/data/version-tree/version-tree.ts";
import { columns } from "./columns.ts";
import { type DataColumn, Town, type TownOptions } from "./town.ts";

const NODES = 8;
const CLIENTS = 5;
const TURNS = 1_500;
const TURN_MS = 40;
const options = { ...versionTreeDefaults, conflict: "siblings", siblingsMaxCount: 1_000 } as const;

/** The column of versions, with the trees in reach. */
function columnWith(trees: VersionTree[]): DataColumn {
  const versions = columns.find(({ name }) => name === "versions");
  if (versions === undefined) throw new Error("no column of versions");
  return {
    ...versions,
    make(origin, host) {
      const resident = versions.make(origin, host);
      const wiring = { origin: () => origin, counters: { add: () => {} }, now: () => 0, ...host };
      const replica = new VersionTree(wiring, options);
      trees.push(replica);
      const state = () =>
        [...replica.versions()]
          .map(({ dot }) => `${dot.origin} ${dot.seq}`)
          .sort()
          .join();
      return { ...resident, replica, state };
    },
  };
}

/** A client that writes down in each value the last write of each client it knows of. */
class Client {
  readonly known = new Map<string, Map<string, number>>();
  readonly statuses = new Map<string, number>();
  private readonly name: string;
  private readonly session = new Session(undefined, 3);
  private writesCount = 0;

  constructor(name: string) {
    this.name = name;
  }

  write(tree: VersionTree, key: string): void {
    const known = this.knownOf(key);
    this.writesCount += 1;
    const lines = { ...Object.fromEntries(known), [this.name]: this.writesCount };
    const { status } = this.session.put(tree, key, encodeUtf8(JSON.stringify(lines)));
    this.note(`put ${status}`);
    if (status === "ok") known.set(this.name, this.writesCount);
  }

  read(tree: VersionTree, key: string): void {
    const read = this.session.read(tree, key);
    this.note(`read ${read.status}`);
    if (read.status !== "ok") return;
    const found = linesOf(tree, key);
    for (const [who, count] of this.knownOf(key)) {
      expect(found.get(who) ?? 0).toBeGreaterThanOrEqual(count);
    }
    this.known.set(key, found);
  }

  private knownOf(key: string): Map<string, number> {
    const known = this.known.get(key) ?? new Map<string, number>();
    this.known.set(key, known);
    return known;
  }

  private note(status: string): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }
}

/** The last write of each client that the values of a key tell of. */
function linesOf(tree: VersionTree, key: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const { update } of tree.read(key).values) {
    if (update.value === undefined) continue;
    const lines: Record<string, number> = JSON.parse(decodeUtf8(update.value));
    for (const [who, count] of Object.entries(lines)) {
      found.set(who, Math.max(count, found.get(who) ?? 0));
    }
  }
  return found;
}

const networks: readonly (readonly [string, Partial<TownOptions>])[] = [
  ["a good network", {}],
  ["a third of the packets lost", { lossRatio: 0.33 }],
  ["half of the packets doubled", { duplicateRatio: 0.5 }],
];

it.each(networks)("sessions hold on %s, across a partition", (_, network) => {
  for (const seed of [1, 2, 3]) {
    const trees: VersionTree[] = [];
    const town = new Town({
      seed,
      nodesCount: NODES,
      exchanges: ["antiEntropy"],
      column: columnWith(trees),
      antiEntropy: { deltaMaxBytes: 400, digestMaxBytes: 120 },
      ...network,
    });
    const random = new Random(seed);
    const clients = Array.from({ length: CLIENTS }, (__, at) => new Client(`client ${at}`));
    town.simulator.plan(10_000, () => town.simulator.partition(town.nodes.slice(0, NODES / 2)));
    town.simulator.plan(30_000, () => town.simulator.heal());
    for (let turn = 0; turn < TURNS; turn += 1) {
      town.simulator.plan(turn * TURN_MS, () => {
        const at = random.below(NODES);
        const [client, tree] = [clients[random.below(CLIENTS)], trees[at]];
        if (client === undefined || tree === undefined) throw new Error("nobody there");
        const key = `k${random.below(5)}`;
        town.nodes[at]?.step(() =>
          random.below(5) === 0 ? client.write(tree, key) : client.read(tree, key),
        );
      });
    }
    town.simulator.runForMs(TURNS * TURN_MS);
    const statuses = new Set(clients.flatMap((client) => [...client.statuses.keys()]));
    expect([...statuses].sort()).toEqual(["put behind", "put ok", "read behind", "read ok"]);
    expect(town.simulator.runUntil(() => town.agrees(), town.column.patienceMs)).toBe(true);
    for (const client of clients) {
      for (const [key, known] of client.known) {
        for (const tree of trees) {
          const found = linesOf(tree, key);
          for (const [who, count] of known) {
            expect(found.get(who) ?? 0).toBeGreaterThanOrEqual(count);
          }
        }
      }
    }
  }
});
