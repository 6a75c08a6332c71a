import type { Crdts, HearsayNode } from "../../../src/index.ts";
import type { ColumnParts, ColumnRun, NodeColumn } from "./data-column.ts";

const MEMBERS = 8;

/** Counters, sets, registers and maps that merge. */
export const crdtColumn: NodeColumn = {
  name: "crdts",
  ways: ["rings", "hyparview"],
  options: (way) => ({ overlay: way === "hyparview" ? "hyparview" : "rings" }),
  begin: (parts) => new CrdtRun(parts),
};

class CrdtRun implements ColumnRun {
  private readonly parts: ColumnParts;
  private attempted = 0;

  constructor(parts: ColumnParts) {
    this.parts = parts;
  }

  open(node: HearsayNode): void {
    storeOf(node);
  }

  act(node: HearsayNode): void {
    const { ledger, random } = this.parts;
    const store = storeOf(node);
    const member = `m${random.below(MEMBERS)}`;
    const what = random.below(6);
    if (what <= 1) {
      const count = 1 + random.below(9);
      this.attempted += count;
      const write = { place: `counter ${this.attempted}`, count, by: node.name };
      return ledger.track(write, store.counter("sum").add(count));
    }
    const map = store.map<string>("map");
    const acts = [
      () => store.set("set").add(member),
      () => store.set("set").delete(member),
      () => (random.chance(0.7) ? map.set(member, `${this.attempted}`) : map.delete(member)),
      () => store.register("last").set(this.attempted),
    ];
    void acts[what - 2]?.().catch((error: unknown) => ledger.refuse(error));
  }

  picture(node: HearsayNode): string {
    const store = storeOf(node);
    const map = store.map<string>("map");
    return [
      `counter ${store.counter("sum").value}`,
      `set ${[...store.set("set")].sort().join(" ")}`,
      `register ${store.register("last").value}`,
      ...map
        .keys()
        .sort()
        .map((key) => `map ${key} ${map.getAll(key).join("|")}`),
    ].join("\n");
  }

  /** No count is lost that was acknowledged, and none is counted twice. */
  broken(node: HearsayNode): string[] {
    const owed = this.parts.ledger.writes.reduce((sum, { count }) => sum + count, 0);
    const { value } = storeOf(node).counter("sum");
    if (value >= owed && value <= this.attempted) return [];
    return [`${node.name} counts ${value}, of ${owed} acknowledged and ${this.attempted} tried`];
  }

  async clear(node: HearsayNode): Promise<void> {
    const store = storeOf(node);
    for (const member of [...store.set("set")]) await store.set("set").delete(member);
    for (const key of store.map("map").keys()) await store.map("map").delete(key);
  }

  undead(node: HearsayNode): string[] {
    const store = storeOf(node);
    return [...store.set("set"), ...store.map("map").keys()].map(
      (what) => `${what} is back on ${node.name}`,
    );
  }
}

function storeOf(node: HearsayNode): Crdts {
  return node.crdts("swarm", { snapshotAfterCount: 20 });
}
