import type { Context, Hono } from "hono";
import { HearsayError } from "../../core/errors.ts";
import type { HearsayNode, Ledger } from "../../node/api.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import { fromJson, toJson } from "../json-value.ts";
import { readJson } from "../request-body.ts";
import type {
  LedgerAnswer,
  LedgerAppendAnswer,
  LedgerBlockAnswer,
  LedgerExportAnswer,
} from "./ledgers.messages.ts";
import type { OrderedNamesAnswer } from "./order.messages.ts";
import { orderedNames } from "./ordered-names.ts";
import { pathName, pathNames } from "./path-names.ts";

/** Blocks in one answer of an export. */
const EXPORT_MAX_COUNT = 64;

/** The routes of ledgers: one is open here from the first request on that names it. */
export function addLedgerRoutes(app: Hono, { node, numbers }: AdminContext): void {
  app.get("/v1/ledgers", (context) => {
    const answer: OrderedNamesAnswer = { names: orderedNames(node, "log/ledger/") };
    return context.json(answer);
  });
  app.get("/v1/ledgers/:ledger", (context) => {
    const answer: LedgerAnswer = open(node, context).status();
    return context.json(answer);
  });
  app.post("/v1/ledgers/:ledger", async (context) => {
    const json = await readJson(context.req.raw, numbers.bodyMaxBytes);
    const { value, wait } = requests.parseBody(requests.ledgerRequest, json);
    if (value === undefined) throw new HearsayError("ADMIN_BAD_REQUEST", "value: is missing.");
    const answer: LedgerAppendAnswer = await open(node, context).append(fromJson(value), { wait });
    return context.json(answer);
  });
  app.get("/v1/ledgers/:ledger/blocks/:which", (context) => {
    const ledger = open(node, context);
    const which = pathName(context, "which");
    const block = ledger.block(/^\d{1,15}$/.test(which) ? Number(which) : which);
    if (block === undefined) {
      throw new HearsayError("ADMIN_NOT_FOUND", `${ledger.name} has no final block ${which} here`);
    }
    const entries = block.entries.map((entry) => ({ ...entry, value: toJson(entry.value) }));
    const answer: LedgerBlockAnswer = { ...block, entries };
    return context.json(answer);
  });
  app.get("/v1/ledgers/:ledger/proofs/:index", (context) => {
    const { index } = requests.parseBody(requests.ledgerIndex, pathNames(context));
    return context.json(open(node, context).prove(index));
  });
  app.get("/v1/ledgers/:ledger/export", async (context) => {
    const { from, to } = requests.parseBody(requests.ledgerRange, context.req.query());
    return context.json(await exported(open(node, context), from, to));
  });
}

async function exported(
  ledger: Ledger<unknown, unknown>,
  from: number,
  to: number,
): Promise<LedgerExportAnswer> {
  const lines: string[] = [];
  const last = Math.min(to, from + EXPORT_MAX_COUNT - 1);
  for await (const line of ledger.export({ from, to: last })) lines.push(line.trimEnd());
  const { height } = ledger.status();
  return last < to && last + 1 < height ? { lines, next: last + 1 } : { lines };
}

function open(node: HearsayNode, context: Context): Ledger<unknown, unknown> {
  return node.ledger(pathName(context, "ledger"));
}
