import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBlock } from "../src/data/ledger/block.ts";
import { encodeRecord } from "../src/data/ledger/block-record.ts";
import { exportLine } from "../src/data/ledger/export-line.ts";
import type { Block } from "../src/data/ledger/ledger.contract.ts";
import { ChainVerifier } from "../src/data/ledger/verification.ts";
import { BlockFiles } from "../src/node/ledger/block-files.ts";
import { verifyLedgerFile } from "../src/node/ledger/verify-file.ts";
import { crypt, LedgerRig, signerNumber } from "../src/testing/ledger-rig.ts";
import { judged, type MeasuredRow, median, type Row } from "./bench.ts";

const RUNS_COUNT = 5;
const EVENTS_PER_BLOCK = 500;
/** As `hearsay ledger verify` must read them. [spec ledger §9] */
const VERIFY_TARGET_MB = 50;
const shapes = [
  { bytes: 100, blocksCount: 40 },
  { bytes: 1_024, blocksCount: 20 },
] as const;

/*
 * One process, three signers of whom two must sign. "append" is what each node does with a block of
 * the order: build it, check it with its signatures, and make it durable, blocks one after the
 * other. "verify" is all of an export or folder, from the genesis on.
 */
export const name = "ledger";
export const description = "blocks of a ledger made durable, and verified, a second";

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { bytes, blocksCount } of shapes) {
    const chain = madeChain(bytes, blocksCount);
    rows.push(...(await appendRows(chain, bytes)), ...verifyRows(chain, bytes));
  }
  return rows;
}

interface Chain {
  readonly rig: LedgerRig;
  readonly blocks: readonly Block[];
  readonly buildMs: number;
}

function madeChain(bytes: number, blocksCount: number): Chain {
  const rig = new LedgerRig([1, 2, 3].map(signerNumber));
  const data = Uint8Array.from({ length: bytes }, (_, at) => (at * 37) & 255);
  const startMs = performance.now();
  for (let count = 0; count < blocksCount; count += 1) rig.grow(EVENTS_PER_BLOCK, data);
  return { rig, blocks: rig.blocks, buildMs: (performance.now() - startMs) / blocksCount };
}

async function appendRows({ blocks, buildMs, rig }: Chain, bytes: number): Promise<Row[]> {
  const perSecond: number[] = [];
  for (let run = 0; run < RUNS_COUNT; run += 1) {
    const folder = mkdtempSync(join(tmpdir(), "hearsay-bench-ledger-"));
    try {
      const startMs = performance.now();
      await append(rig, blocks, folder);
      const appendMs = (performance.now() - startMs) / blocks.length;
      perSecond.push(1_000 / (appendMs + buildMs));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const value = median(perSecond);
  const id = `append, events of ${bytes} B`;
  return [
    { id, value, unit: "blocks/s" },
    { id, value: value * EVENTS_PER_BLOCK, unit: "events/s" },
  ];
}

async function append(rig: LedgerRig, blocks: readonly Block[], folder: string): Promise<void> {
  const files = new BlockFiles({
    folder,
    crypt,
    step: (body) => body(),
    onFailed: (error) => {
      throw error;
    },
  });
  const verifier = new ChainVerifier(crypt, rig.chainId, "live");
  for (const block of blocks) {
    const checked = verifier.check(block);
    if (checked.kind === "fault") throw new Error(checked.code);
    verifier.accept(checked);
    const { state } = verifier;
    if (state === undefined) throw new Error("a block was accepted");
    await new Promise<void>((done) => files.append(encodeBlock(block), state, done));
  }
  await files.close();
}

function verifyRows({ blocks }: Chain, bytes: number): Row[] {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-bench-ledger-"));
  try {
    const records = Buffer.concat(blocks.map((block) => encodeRecord(encodeBlock(block))));
    const lines = Buffer.from(blocks.map((block) => `${exportLine(crypt, block)}\n`).join(""));
    return [
      ...verifyRow(join(folder, "blocks"), records, `verify records, events of ${bytes} B`),
      ...verifyRow(join(folder, "lines"), lines, `verify lines, events of ${bytes} B`),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function verifyRow(path: string, content: Buffer, id: string): MeasuredRow[] {
  writeFileSync(path, content);
  const seconds: number[] = [];
  let verdict = verifyLedgerFile(path);
  for (let run = 0; run < RUNS_COUNT; run += 1) {
    const startMs = performance.now();
    verdict = verifyLedgerFile(path);
    seconds.push((performance.now() - startMs) / 1_000);
  }
  if (verdict.status !== "valid") throw new Error(`the bench's own chain is ${verdict.status}`);
  const took = median(seconds);
  const megabytes = content.length / 1_000_000 / took;
  const hasTarget = id.includes("records");
  const rate = { id, value: megabytes, unit: "MB/s" } as const;
  return [
    { id, value: verdict.blocksCount / took, unit: "blocks/s" },
    { id, value: verdict.eventsCount / took, unit: "events/s" },
    hasTarget ? judged(rate, { of: "value", atLeast: VERIFY_TARGET_MB }) : rate,
  ];
}
