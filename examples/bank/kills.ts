/**
 * Three processes keep the accounts, clients move money, and processes are killed at random; then
 * the books are audited. BANK_KILLS (10) says how many kills, BANK_SEED which.
 * Run: BANK_KILLS=100 npx tsx examples/bank/kills.ts
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Branch, NAMES } from "./branch.ts";
import type { Report } from "./server.ts";

const KILLS = Number(process.env["BANK_KILLS"] ?? "10");
const SEED = Number(process.env["BANK_SEED"] ?? "1");
const ACCOUNTS = ["ann", "bob", "cid", "dan", "eve"];
const OPENING = 1_000;
const CLIENTS = 4;
const LIFE_MIN_MS = 200;
const LIFE_MAX_MS = 1_200;

let state = SEED;
/** Park and Miller: enough to choose a victim. */
function below(count: number): number {
  state = (state * 48_271) % 2_147_483_647;
  return state % count;
}
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const folder = mkdtempSync(join(tmpdir(), "hearsay-bank-"));
const branches = NAMES.map((name) => new Branch(name, join(folder, name)));
const acknowledged = new Map<string, string>();
let triedCount = 0;
let isOpen = true;

const seedsFor = (branch: Branch): string[] =>
  branches.filter((one) => one !== branch && one.address !== "").map(({ address }) => address);

/** Asks one after the other until somebody answers: the same id is executed once. */
async function untilAnswered<T>(ask: (branch: Branch) => Promise<T>): Promise<T> {
  for (;;) {
    const branch = branches[below(branches.length)];
    if (branch === undefined) throw new Error("three");
    try {
      return await ask(branch);
    } catch {
      triedCount += 1;
      await pause(50);
    }
  }
}

async function client(number: number): Promise<void> {
  for (let count = 0; isOpen; count += 1) {
    const id = `client${number}-${count}`;
    const from = ACCOUNTS[below(ACCOUNTS.length)] ?? "";
    const to = ACCOUNTS[below(ACCOUNTS.length)] ?? "";
    const transfer = { id, from, to, amount: below(200) };
    const outcome = await untilAnswered<string>((one) => one.ask({ what: "transfer", transfer }));
    acknowledged.set(id, outcome);
  }
}

async function killOne(): Promise<void> {
  await pause(LIFE_MIN_MS + below(LIFE_MAX_MS - LIFE_MIN_MS));
  const victim = branches[below(branches.length)];
  await victim?.kill();
  await victim?.start(seedsFor(victim));
}

function check(claim: { readonly isSo: boolean; readonly what: string }): void {
  const { isSo, what } = claim;
  if (!isSo) throw new Error(`NOT SO: ${what}`);
}

/** What all have, once they have the same. */
async function settled(): Promise<readonly Report[]> {
  for (let tries = 0; tries < 600; tries += 1) {
    const reports = await Promise.all(branches.map((one) => one.ask<Report>({ what: "report" })));
    const ends = new Set(reports.map(({ head, index }) => `${head} ${index}`));
    if (ends.size === 1) return reports;
    await pause(100);
  }
  throw new Error("NOT SO: the branches come to the same end");
}

function audit(reports: readonly Report[]): void {
  const [first] = reports;
  if (first === undefined) throw new Error("three reports");
  for (const { accounts, audit: verdict, chainId, outcomes, total } of reports) {
    check({ isSo: total === OPENING * ACCOUNTS.length, what: `money is conserved: ${total}` });
    check({ isSo: verdict === "valid", what: `the ledger verifies: ${verdict}` });
    check({ isSo: chainId === first.chainId, what: "there is one chain" });
    const isSame = JSON.stringify(accounts) === JSON.stringify(first.accounts);
    check({ isSo: isSame, what: "accounts are the same" });
    for (const [id, outcome] of acknowledged) {
      check({
        isSo: outcomes[id] === outcome,
        what: `${id} was ${outcome}, and is ${outcomes[id]}`,
      });
    }
  }
  const isSolvent = Object.values(first.accounts).every((balance) => balance >= 0);
  check({ isSo: isSolvent, what: "nobody owes money" });
}

try {
  for (const branch of branches) await branch.start(seedsFor(branch));
  for (const account of ACCOUNTS) {
    await untilAnswered((one) => one.ask({ what: "open", account, amount: OPENING }));
  }
  const clients = Array.from({ length: CLIENTS }, (_, number) => client(number));
  for (let kill = 0; kill < KILLS; kill += 1) {
    await killOne();
    if (kill % 10 === 9) console.error(`${kill + 1} kills, ${acknowledged.size} transfers`);
  }
  isOpen = false;
  await Promise.all(clients);
  const reports = await settled();
  audit(reports);
  const counts = { kills: KILLS, acknowledged: acknowledged.size, tries: triedCount };
  console.log(JSON.stringify({ ...counts, total: reports[0]?.total, audit: "valid", folder }));
} finally {
  for (const branch of branches) await branch.kill();
  if (process.env["BANK_KEEP"] === undefined) rmSync(folder, { recursive: true, force: true });
}
