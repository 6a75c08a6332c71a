/** One process of the bank: NAME DATADIR VOTERS [JOIN]. Its parent asks, by messages. */
import { raft, startNode } from "hearsay";
import { Bank } from "./bank.ts";

export interface Ask {
  readonly id: number;
  readonly what: "open" | "transfer" | "report" | "stop";
  readonly transfer?: { id: string; from: string; to: string; amount: number };
  readonly account?: string;
  readonly amount?: number;
}

export interface Report {
  readonly accounts: Readonly<Record<string, number>>;
  readonly total: number;
  readonly index: number;
  /** Of transfers, by id. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** What the verification of all blocks on its disk came to. */
  readonly audit: string;
  readonly chainId: string | undefined;
  readonly head: string | undefined;
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

const [name = "", dataDir = "", voters = "", join = ""] = process.argv.slice(2);
const node = await startNode({
  name,
  dataDir,
  bind: "127.0.0.1:0",
  profile: "local",
  ...(join !== "" && { join: join.split(",") }),
  orderer: raft({ voters: voters.split(",") }),
});
const bank = new Bank(node);

async function answer({ account = "", amount = 0, transfer, what }: Ask): Promise<unknown> {
  if (what === "open") return await bank.open(account, amount);
  if (what === "transfer" && transfer !== undefined) return await bank.transfer(transfer);
  if (what === "report") return await report();
  await node.stop();
  return "stopped";
}

async function report(): Promise<Report> {
  const { index, total } = bank;
  const accounts = Object.fromEntries(
    [...bank.accounts].sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  const outcomes = Object.fromEntries(bank.outcomes);
  const { status } = await bank.ledger.verify();
  const { chainId, head } = bank.ledger.status();
  return { accounts, total, index, outcomes, audit: status, chainId, head };
}

process.on("message", (ask: Ask) => {
  answer(ask).then(
    (value) => process.send?.({ id: ask.id, value: value ?? null } satisfies Answer),
    (error: Error) => process.send?.({ id: ask.id, error: error.message } satisfies Answer),
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0, value: node.address } satisfies Answer);
