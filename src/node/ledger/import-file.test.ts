import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeHex } from "../../core/hex.ts";
import { encodeBlock } from "../../data/ledger/block.ts";
import { encodeRecord } from "../../data/ledger/block-record.ts";
import { exportLine } from "../../data/ledger/export-line.ts";
import { DirectoryLock } from "../../storage/directory-lock.ts";
import { crypt, LedgerRig, signerNumber } from "../../testing/ledger-rig.ts";
import { importLedgerFile } from "./import-file.ts";
import { verifyLedgerFile } from "./verify-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-import-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function chain(): LedgerRig {
  const rig = new LedgerRig([1, 2].map(signerNumber));
  rig.grow(2);
  rig.change([1, 3].map(signerNumber), [signerNumber(3)]);
  for (let count = 0; count < 100; count += 1) rig.grow(1);
  return rig;
}

function exported({ blocks }: LedgerRig, count = blocks.length): string {
  const path = join(folder, `export-${count}`);
  const lines = blocks.slice(0, count).map((block) => `${exportLine(crypt, block)}\n`);
  writeFileSync(path, lines.join(""));
  return path;
}

const headOf = ({ builder }: LedgerRig): string => encodeHex(builder.base.hash);

test("what was imported has the head of the export, also where a part was there", async () => {
  const rig = chain();
  const dataDir = join(folder, "data");
  const part = await importLedgerFile(exported(rig, 50), dataDir, {
    chainId: encodeHex(rig.chainId),
  });
  expect(part).toMatchObject({ ledger: "audit", addedCount: 50, verdict: { status: "valid" } });
  const rest = await importLedgerFile(exported(rig), dataDir, { chainId: encodeHex(rig.chainId) });
  expect(rest).toMatchObject({ addedCount: 53, verdict: { head: headOf(rig) } });
  expect((await importLedgerFile(exported(rig, 50), dataDir)).addedCount).toBe(0);
  const kept = join(dataDir, "ledgers", "audit");
  const valid = { status: "valid", blocksCount: 103, head: headOf(rig) };
  expect(verifyLedgerFile(kept)).toMatchObject(valid);
  const segment = readFileSync(join(kept, "blocks-000000000000.seg"));
  const records = Buffer.concat(rig.blocks.map((block) => encodeRecord(encodeBlock(block))));
  expect(segment.equals(records)).toBe(true);
  // A folder, and records, are exports too.
  const again = await importLedgerFile(kept, join(folder, "other"));
  expect(again).toMatchObject({ addedCount: 103, verdict: valid });
});

test("what is not valid, whole and of the trusted chain is not imported at all", async () => {
  const rig = chain();
  const dataDir = join(folder, "data");
  const good = readFileSync(exported(rig, 4));
  const path = join(folder, "changed");
  for (let index = 0; index < good.length; index += 23) {
    const bytes = Buffer.from(good);
    bytes[index] = (bytes[index] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const { addedCount, verdict } = await importLedgerFile(path, dataDir, {
      chainId: encodeHex(rig.chainId),
    });
    expect([verdict.status, addedCount]).toEqual(["invalid", 0]);
    expect(verdict.fault?.code).toMatch(/^E_/);
  }
  writeFileSync(path, good.subarray(0, -1));
  expect((await importLedgerFile(path, dataDir)).verdict.status).toBe("incomplete");
  const other = await importLedgerFile(exported(rig, 4), dataDir, { chainId: "00".repeat(32) });
  expect(other.verdict.fault?.code).toBe("E_CHAIN_ID");
  expect(readdirSync(folder)).not.toContain("data");
});

test("another chain that is there, or a node that runs, keeps an import out", async () => {
  const rig = chain();
  const dataDir = join(folder, "data");
  await importLedgerFile(exported(rig, 5), dataDir);
  const before = verifyLedgerFile(join(dataDir, "ledgers", "audit"));
  const stranger = new LedgerRig([7, 8].map(signerNumber));
  for (let count = 0; count < 9; count += 1) stranger.grow(1);
  const path = exported(stranger);
  await expect(importLedgerFile(path, dataDir)).rejects.toThrow(/LEDGER_CORRUPT.*block 0/);
  const lock = await DirectoryLock.take(dataDir);
  await expect(importLedgerFile(exported(rig), dataDir)).rejects.toThrow(/DATA_DIR/);
  await lock.release();
  expect(verifyLedgerFile(join(dataDir, "ledgers", "audit"))).toEqual(before);
});
