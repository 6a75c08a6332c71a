import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { raft } from "../../src/index.ts";
import type { HearsayNode } from "../../src/node/api.ts";
import { importLedgerFile } from "../../src/node/ledger/import-file.ts";
import { startNode } from "../../src/node/start-node.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";

let folder = "";
let running: HearsayNode[] = [];
let transport = memoryNetwork();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-ledger-"));
  transport = memoryNetwork();
});

afterEach(async () => {
  for (const node of running) await node.stop();
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

async function started(name: string): Promise<HearsayNode> {
  const node = await startNode({
    name,
    transport,
    bind: "127.0.0.1:0",
    dataDir: join(folder, name),
    join: running.map(({ address }) => address),
    orderer: raft({ voters: ["p1"] }),
  });
  running.push(node);
  return node;
}

async function exported(node: HearsayNode): Promise<string> {
  const path = join(folder, "export");
  let lines = "";
  for await (const line of node.ledger("audit").export()) lines += line;
  writeFileSync(path, lines);
  return path;
}

it("after an order was lost and begun anew nothing seems final that is nowhere", async () => {
  const before = await started("p1");
  for (const value of ["one", "two", "three"]) await before.ledger("audit").append(value);
  await before.stop();
  running = [];
  rmSync(join(folder, "p1", "journal"), { recursive: true });
  const audit = (await started("p1")).ledger("audit");
  await expect(audit.append("lost")).rejects.toThrow(/LEDGER_HALTED.*diverged/);
  expect(audit.status()).toMatchObject({ state: "halted", finalIndex: 3 });
  expect(audit.entry(1)?.value).toBe("one");
});

it("a newcomer that begins with an import has the rest from others", async () => {
  const first = await started("p1");
  for (const value of ["one", "two"]) await first.ledger("audit").append(value);
  const imported = await importLedgerFile(await exported(first), join(folder, "p2"));
  expect(imported.verdict.head).toBe(first.ledger("audit").status().head);
  await first.ledger("audit").append("three");
  const newcomer = await started("p2");
  const chainId = "00".repeat(32);
  expect(() => newcomer.ledger("audit", { chainId })).toThrow(/STORE_CONFLICT.*of chain/);
  const values: unknown[] = [];
  for await (const { entries, lastIndex } of newcomer.ledger("audit").follow()) {
    values.push(...entries.map(({ value }) => value));
    if (lastIndex === 3) break;
  }
  expect(values).toEqual([undefined, "one", "two", "three"]);
  await newcomer.ledger("audit").append("four");
  const { head } = newcomer.ledger("audit").status();
  expect(await newcomer.ledger("audit").verify()).toMatchObject({ status: "valid", head });
});
