import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeBlock } from "../../data/ledger/block.ts";
import { BlockBuilder } from "../../data/ledger/block-builder.ts";
import { encodeRecord } from "../../data/ledger/block-record.ts";
import { encodeEvidence } from "../../data/ledger/evidence.ts";
import { exportLine } from "../../data/ledger/export-line.ts";
import { headerHash } from "../../data/ledger/header.ts";
import type { Block } from "../../data/ledger/ledger.contract.ts";
import {
  crypt,
  eventNumber,
  LedgerRig,
  signedBlock,
  signerNumber,
} from "../../testing/ledger-rig.ts";
import { verifyLedgerFile } from "./verify-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-ledger-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function chain(): LedgerRig {
  const rig = new LedgerRig([1, 2].map(signerNumber));
  rig.grow(2);
  rig.change([1, 3].map(signerNumber), [signerNumber(3)]);
  for (let count = 0; count < 4; count += 1) rig.grow(3);
  return rig;
}

const linesOf = (blocks: readonly Block[]): string =>
  blocks.map((block) => `${exportLine(crypt, block)}\n`).join("");
const recordsOf = (blocks: readonly Block[]): Buffer =>
  Buffer.concat(blocks.map((block) => encodeRecord(encodeBlock(block))));

function verdictOf(content: string | Uint8Array, options: { from?: number } = {}) {
  const path = join(folder, "export");
  writeFileSync(path, content);
  return verifyLedgerFile(path, options);
}

test("exports are valid as lines and as records, and a folder is", () => {
  const rig = chain();
  const expected = { status: "valid", blocksCount: 7, eventsCount: 16 };
  expect(verdictOf(linesOf(rig.blocks))).toMatchObject(expected);
  expect(verdictOf(recordsOf(rig.blocks))).toMatchObject(expected);
  const inFolder = join(folder, "blocks-000000000000.seg");
  writeFileSync(inFolder, recordsOf(rig.blocks.slice(0, 4)));
  writeFileSync(join(folder, "blocks-000000000004.seg"), recordsOf(rig.blocks.slice(4)));
  expect(verifyLedgerFile(folder)).toMatchObject(expected);
  rmSync(inFolder);
  expect(verifyLedgerFile(folder).status).not.toBe("valid");
});

test("another chain than the trusted one is invalid", () => {
  const path = join(folder, "export");
  writeFileSync(path, linesOf(chain().blocks));
  const other = verifyLedgerFile(path, { chainId: new Uint8Array(32) });
  expect(other).toMatchObject({ status: "invalid", fault: { code: "E_CHAIN_ID", block: 0 } });
});

test("what is cut or has gaps is incomplete, and no fault", () => {
  const { blocks } = chain();
  const text = linesOf(blocks);
  expect(verdictOf(text.slice(0, -1))).toMatchObject({ status: "incomplete", blocksCount: 6 });
  expect(verdictOf(recordsOf(blocks).subarray(0, -1)).status).toBe("incomplete");
  expect(verdictOf("").status).toBe("incomplete");
  const gap = verdictOf(linesOf(blocks.filter(({ header }) => header.number !== 4)));
  expect(gap).toMatchObject({ status: "incomplete", detail: "blocks 4 to 4 are missing" });
});

test("a part of a chain is verified by the configurations before it", () => {
  const { blocks } = chain();
  const part = blocks.filter(
    ({ header: { number } }) => number === 0 || number === 2 || number > 4,
  );
  expect(verdictOf(linesOf(part), { from: 5 })).toMatchObject({ status: "valid", blocksCount: 7 });
  expect(verdictOf(linesOf(part)).status).toBe("incomplete");
  const without = part.filter(({ header }) => header.number !== 2);
  expect(verdictOf(linesOf(without), { from: 5 }).status).not.toBe("valid");
});

test("two final blocks of one number are a fork, in a file or as kept evidence", () => {
  const { blocks } = chain();
  const [before, last] = blocks.slice(-2);
  const configuration = chain().builder.base.configuration;
  if (before === undefined || last === undefined) throw new Error("a chain");
  const hash = headerHash(crypt, before.header);
  const builder = new BlockBuilder(crypt, { header: before.header, hash, configuration });
  builder.add(eventNumber(1_000));
  const cut = { upTo: builder.lastOrderIndex, time: { wall: 2n ** 61n, logical: 0 } };
  const [made] = builder.cut(cut);
  if (made === undefined) throw new Error("a block");
  const other = signedBlock(made, [1, 3].map(signerNumber));
  const forked = verdictOf(linesOf([...blocks, other]));
  expect(forked).toMatchObject({ status: "fork", detail: "there are two final blocks 6" });
  rmSync(join(folder, "export"));
  writeFileSync(join(folder, "blocks-000000000000.seg"), recordsOf(blocks));
  writeFileSync(join(folder, "evidence-0"), encodeEvidence({ one: last, other }));
  expect(verifyLedgerFile(folder).status).toBe("fork");
  const bare = encodeEvidence({ one: last, other: { ...other, signatures: [] } });
  writeFileSync(join(folder, "evidence-0"), bare);
  expect(verifyLedgerFile(folder).status).toBe("invalid");
});

test("every byte of an export, changed, is found, and none looks merely incomplete", () => {
  const { blocks } = chain();
  const few = blocks.slice(0, 4);
  for (const good of [Buffer.from(linesOf(few)), recordsOf(few)]) {
    expect(verdictOf(good).status).toBe("valid");
    for (let index = 0; index < good.length - 1; index += 11) {
      const bytes = Buffer.from(good);
      bytes[index] = (bytes[index] ?? 0) ^ 0x02;
      const { status } = verdictOf(bytes);
      expect(status).toBe("invalid");
    }
  }
});
