/** One node of a group of order, driven by messages of its parent: see order-kill.test.ts. */
import { type OrderedEntry, raft, startNode } from "../../src/index.ts";

const [name = "", dataDir = "", voters = "", join = ""] = process.argv.slice(2);

const node = await startNode({
  name,
  dataDir,
  bind: "127.0.0.1:0",
  profile: "local",
  ...(join !== "" && { join: join.split(",") }),
  orderer: raft({ voters: voters.split(",") }),
});
const log = node.orderedLog<string>("orders");
const told: string[] = [];
log.subscribe(({ index, value }: OrderedEntry<string>) => told.push(`${index} ${value}`), {
  from: "start",
});

export interface Ask {
  readonly id: number;
  readonly what: "append" | "read" | "status" | "promote" | "remove" | "told";
  readonly word: string;
}

export type Answer = { readonly id: number; readonly value: unknown; readonly code?: string };

async function answer({ what, word }: Ask): Promise<unknown> {
  switch (what) {
    case "append":
      return (await log.append(word, { timeoutMs: 5_000 })).index;
    case "read":
      return (await log.read({ timeoutMs: 5_000 })).index;
    case "promote":
      return node.order.promote(word);
    case "remove":
      return node.order.remove(word);
    case "told":
      return told;
    case "status":
      return node.order.status();
  }
}

process.on("message", (ask: Ask) => {
  answer(ask).then(
    (value) => process.send?.({ id: ask.id, value: value ?? null }),
    (error: Error & { code?: string }) =>
      process.send?.({ id: ask.id, value: error.message, code: error.code ?? "UNKNOWN" }),
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0, value: node.address });
