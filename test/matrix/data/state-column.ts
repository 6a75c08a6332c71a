import type { HearsayNode } from "../../../src/index.ts";
import type { ColumnParts, ColumnRun, NodeColumn } from "./data-column.ts";

const KEYS = 6;

/** Per-node state: each node writes its own, and all read it. */
export const stateColumn: NodeColumn = {
  name: "node state",
  ways: ["scuttlebutt", "cassandra"],
  options: (way) => ({
    state: { profile: way === "cassandra" ? "cassandra" : "scuttlebutt", snapshotAfterCount: 20 },
  }),
  begin: (parts) => new StateRun(parts),
};

class StateRun implements ColumnRun {
  private readonly parts: ColumnParts;
  private writesCount = 0;
  private readonly cleared = new Set<string>();

  constructor(parts: ColumnParts) {
    this.parts = parts;
  }

  open(): void {}

  act(node: HearsayNode): void {
    const { ledger, random } = this.parts;
    const { name } = node;
    this.writesCount += 1;
    const count = this.writesCount;
    if (random.chance(0.2)) {
      void node.state.delete(`d${random.below(KEYS)}`).catch(noMatter);
    } else if (random.chance(0.4)) {
      void node.state.set(`d${random.below(KEYS)}`, count).catch(noMatter);
    } else {
      const key = `k${random.below(KEYS)}`;
      ledger.track({ place: `${name} ${key}`, count, by: name }, node.state.set(key, count));
    }
  }

  picture({ state }: HearsayNode): string {
    return state
      .members()
      .flatMap((member) =>
        state
          .of(member)
          .entries()
          .map(({ dot, key, value }) => `${member} ${key} ${dot.origin}:${dot.seq} ${value}`),
      )
      .join("\n");
  }

  broken({ name, state }: HearsayNode): string[] {
    return [...this.parts.ledger.lastOwed()].flatMap(([place, { count }]) => {
      const [member = "", key = ""] = place.split(" ");
      const found = state.of(member).get<number>(key) ?? 0;
      return found < count ? [`${name} has ${found} at ${place}, ${count} was acknowledged`] : [];
    });
  }

  /** Each its own: nobody else can. */
  async clear({ name, state }: HearsayNode): Promise<void> {
    this.cleared.add(name);
    await Promise.all(state.entries("d*").map(({ key }) => state.delete(key)));
  }

  undead({ name, state }: HearsayNode): string[] {
    return state
      .members()
      .filter((member) => this.cleared.has(member))
      .flatMap((member) => state.of(member).entries("d*"))
      .map(({ key, member }) => `${key} of ${member} is back on ${name}`);
  }
}

function noMatter(): void {}
