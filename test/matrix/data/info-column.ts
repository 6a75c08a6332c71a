import type { HearsayNode } from "../../../src/index.ts";
import type { ColumnParts, ColumnRun, NodeColumn } from "./data-column.ts";

/** Keys that anybody sets and deletes. */
const SHARED_KEYS = 10;
/** Small, so that deletions are let go while nodes are still away. */
const TOMBSTONE_MIN_MS = 3_000;

/** Infos: the latest write of a key wins. */
export const infoColumn: NodeColumn = {
  name: "infos",
  ways: ["rings", "hyparview"],
  options: (way) => ({
    overlay: way === "hyparview" ? "hyparview" : "rings",
    infos: { tombstoneMinMs: TOMBSTONE_MIN_MS, snapshotAfterCount: 20 },
  }),
  begin: (parts) => new InfoRun(parts),
};

class InfoRun implements ColumnRun {
  private readonly parts: ColumnParts;
  private writesCount = 0;

  constructor(parts: ColumnParts) {
    this.parts = parts;
  }

  open(): void {}

  act(node: HearsayNode): void {
    const { ledger, random } = this.parts;
    const { name } = node;
    this.writesCount += 1;
    const count = this.writesCount;
    const key = `k${random.below(SHARED_KEYS)}`;
    if (random.chance(0.3)) {
      // Only this node writes it, and in order: what was last acknowledged is there, or is newer.
      const place = `own:${name}`;
      ledger.track({ place, count, by: name }, node.infos.set(place, count));
    } else if (random.chance(0.25)) void node.infos.delete(key).catch(noMatter);
    else {
      const ttl = random.chance(0.2) ? { ttlMs: 1_000 + random.below(20_000) } : {};
      void node.infos.set(key, count, ttl).catch(noMatter);
    }
  }

  picture({ infos }: HearsayNode): string {
    return infos
      .keys()
      .map((key) => {
        const info = infos.info(key);
        return `${key} ${info?.dot.origin}:${info?.dot.seq} ${info?.value}`;
      })
      .join("\n");
  }

  broken({ infos, name }: HearsayNode): string[] {
    return [...this.parts.ledger.lastOwed()].flatMap(([place, { count }]) => {
      const found = infos.get<number>(place) ?? 0;
      return found < count ? [`${name} has ${found} at ${place}, ${count} was acknowledged`] : [];
    });
  }

  async clear({ infos }: HearsayNode): Promise<void> {
    await Promise.all(infos.keys("k*").map((key) => infos.delete(key)));
  }

  undead({ infos, name }: HearsayNode): string[] {
    return infos.keys("k*").map((key) => `${key} is back on ${name}`);
  }

  excess(node: HearsayNode): string[] {
    const { "infos.tombstones": count = 0 } = node.metrics();
    return count === 0 ? [] : [`${node.name} still keeps ${count} tombstones`];
  }
}

function noMatter(): void {}
