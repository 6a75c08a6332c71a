/** One node that can be made busy, driven by messages of its parent: see busy.test.ts. */
import { startNode } from "../../src/index.ts";

const [name = "", join = "", responder = "main"] = process.argv.slice(2);

const node = await startNode({
  name,
  bind: "127.0.0.1:0",
  join: join.split(","),
  joinMin: 1,
  responder: responder === "worker" ? "worker" : "main",
});
const told: string[] = [];
node.members.on(({ kind, member }) => told.push(`${kind} ${member.name}`));

export interface Ask {
  readonly id: number;
  /** Stand still for so long, or tell what was seen. */
  readonly blockMs?: number;
}

export interface Answer {
  readonly id: number;
  readonly told: readonly string[];
  readonly health: ReturnType<typeof node.health>;
  readonly metrics: Readonly<Record<string, number>>;
}

function standStill(forMs: number): void {
  // Who has no responder need not also take a core from the one that has.
  if (responder === "main") {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
    return;
  }
  const until = performance.now() + forMs;
  while (performance.now() < until);
}

process.on("message", ({ blockMs = 0, id }: Ask) => {
  if (blockMs > 0) standStill(blockMs);
  // What came in meanwhile is read first.
  setTimeout(() => {
    const answer: Answer = { id, told, health: node.health(), metrics: node.metrics() };
    process.send?.(answer);
  }, 1_500);
});
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0, told, health: node.health(), metrics: {} } satisfies Answer);
