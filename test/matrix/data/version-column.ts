import type { HearsayNode, VersionSession, Versions } from "../../../src/index.ts";
import type { ColumnParts, ColumnRun, NodeColumn } from "./data-column.ts";

const STORE = "swarm";
const CLIENTS = 4;
const KEYS = 5;
/** What clients write: the last write of each client that the writer knew of, itself included. */
type Lines = Record<string, number>;

/** Version trees, with clients that carry their clock from node to node. */
export const versionColumn: NodeColumn = {
  name: "versions",
  ways: ["siblings", "reject-stale"],
  begin: (parts) => new VersionRun(parts),
};

class VersionRun implements ColumnRun {
  private readonly parts: ColumnParts;
  private readonly clients: Client[];
  private readonly faults: string[] = [];

  constructor(parts: ColumnParts) {
    this.parts = parts;
    this.clients = Array.from(
      { length: CLIENTS },
      (_, at) => new Client(`c${at}`, parts, this.faults),
    );
  }

  open(node: HearsayNode): void {
    this.storeOf(node);
  }

  act(node: HearsayNode): void {
    const { ledger, random } = this.parts;
    const client = random.pick(this.clients);
    const store = this.storeOf(node);
    const key = `k${random.below(KEYS)}`;
    if (random.chance(0.15)) {
      const gone = { by: node.name, store, key: `gone${random.below(KEYS)}` };
      void this.actGone(gone).catch((error: unknown) => ledger.refuse(error));
    } else void client?.act(node.name, store, key);
  }

  onCrash(name: string, disk: "kept" | "lost"): void {
    for (const client of this.clients) client.onCrash(name, disk);
  }

  async picture(node: HearsayNode): Promise<string> {
    const store = this.storeOf(node);
    const lines = await Promise.all(
      store.keys().map(async (key) => {
        const read = await store.session().get(key);
        if (read.status !== "ok") return `${key} is behind`;
        const dots = read.siblings.map(({ dot }) => `${dot.origin}:${dot.seq}`).sort();
        return `${key} ${dots.join(" ")}`;
      }),
    );
    return lines.join("\n");
  }

  async broken(node: HearsayNode): Promise<string[]> {
    const store = this.storeOf(node);
    const broken = this.faults.splice(0);
    for (const [place, { count }] of this.parts.ledger.lastOwed()) {
      const [key = "", who = ""] = place.split(" ");
      const found = (await linesOf(store.session(), key))?.[who] ?? 0;
      if (found < count) {
        broken.push(
          `${node.name} has ${who}'s write ${found} of ${key}, ${count} was acknowledged`,
        );
      }
    }
    return broken;
  }

  async clear(node: HearsayNode): Promise<void> {
    const store = this.storeOf(node);
    for (const key of store.keys("gone*")) {
      const session = store.session();
      await session.get(key);
      await session.delete(key);
    }
  }

  undead(node: HearsayNode): string[] {
    return this.storeOf(node)
      .keys("gone*")
      .map((key) => `${key} is back on ${node.name}`);
  }

  excess(node: HearsayNode): string[] {
    const { "versions.tombstones": count = 0 } = node.metrics();
    return count === 0 ? [] : [`${node.name} still keeps ${count} tombstones`];
  }

  private storeOf(node: HearsayNode): Versions<Lines, Lines> {
    const conflict = this.parts.way === "siblings" ? "siblings" : "reject-stale";
    return node.versions<Lines>(STORE, { conflict, snapshotAfterCount: 20 });
  }

  /** Keys that are deleted again and again. */
  private async actGone(asked: { store: Versions<Lines, Lines>; key: string }): Promise<void> {
    const session = asked.store.session();
    const read = await session.get(asked.key);
    if (read.status !== "ok") return;
    if (read.values.length > 0) await session.delete(asked.key);
    else await session.put(asked.key, {});
  }
}

/** One who goes from node to node, and never sees time go back. */
class Client {
  private readonly name: string;
  private readonly parts: ColumnParts;
  private readonly faults: string[];
  private token: string | undefined;
  private readonly known = new Map<string, Lines>();
  private writesCount = 0;
  /** The node that it waits for. */
  private asked: string | undefined;
  private turn = 0;

  constructor(name: string, parts: ColumnParts, faults: string[]) {
    this.name = name;
    this.parts = parts;
    this.faults = faults;
  }

  /** Reads, and then writes or not, on one node. One thing at a time. */
  async act(by: string, store: Versions<Lines, Lines>, key: string): Promise<void> {
    if (this.asked !== undefined) return;
    this.asked = by;
    this.turn += 1;
    const { turn } = this;
    const session = store.session(this.token === undefined ? {} : { token: this.token });
    try {
      const found = await linesOf(session, key, { waitMs: 200, pullMs: 300 });
      if (found === undefined || turn !== this.turn) return;
      this.judge(by, key, found);
      if (this.parts.random.chance(0.5)) await this.write(by, { session, key, found });
      if (turn === this.turn) this.token = session.token();
    } catch (error) {
      this.parts.ledger.refuse(error);
    } finally {
      if (turn === this.turn) this.asked = undefined;
    }
  }

  /**
   * Who waits for a node that died gets no answer. When a disk is lost, so may be what somebody
   * knows: everybody begins anew.
   */
  onCrash(name: string, disk: "kept" | "lost"): void {
    if (disk === "kept" && this.asked !== name) return;
    this.asked = undefined;
    this.turn += 1;
    if (disk === "kept") return;
    this.token = undefined;
    this.known.clear();
  }

  private judge(by: string, key: string, found: Lines): void {
    for (const [who, count] of Object.entries(this.known.get(key) ?? {})) {
      if ((found[who] ?? 0) >= count) continue;
      this.faults.push(
        `${this.name} knew ${who}'s write ${count} of ${key}, and read ${found[who]} on ${by}`,
      );
    }
    this.known.set(key, found);
  }

  private async write(
    by: string,
    { found, key, session }: { session: VersionSession<Lines, Lines>; key: string; found: Lines },
  ): Promise<void> {
    this.writesCount += 1;
    const count = this.writesCount;
    const lines = { ...found, [this.name]: count };
    const put = session.put(key, lines, { waitMs: 200, pullMs: 300 });
    const acknowledged = put.then((result) => (result.status === "ok" ? result : undefined));
    this.parts.ledger.track({ place: `${key} ${this.name}`, count, by }, acknowledged);
    const { turn } = this;
    if ((await acknowledged) !== undefined && turn === this.turn) this.known.set(key, lines);
  }
}

/** What all values of a key tell together; undefined where the replica is behind the session. */
async function linesOf(
  session: VersionSession<Lines, Lines>,
  key: string,
  waits: { waitMs?: number; pullMs?: number } = {},
): Promise<Lines | undefined> {
  const read = await session.get(key, waits);
  if (read.status !== "ok") return undefined;
  const lines: Lines = {};
  for (const value of read.values) {
    for (const [who, count] of Object.entries(value)) {
      lines[who] = Math.max(count, lines[who] ?? 0);
    }
  }
  return lines;
}
