import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeBlock } from "../../data/ledger/block.ts";
import { encodeRecord } from "../../data/ledger/block-record.ts";
import { ChainVerifier } from "../../data/ledger/verification.ts";
import { crypt, LedgerRig, signerNumber } from "../../testing/ledger-rig.ts";
import { BlockFiles } from "./block-files.ts";

const signers = [1, 2].map(signerNumber);
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-ledger-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function opened(segmentMaxBytes?: number): BlockFiles {
  const failures: unknown[] = [];
  return new BlockFiles({
    folder,
    crypt,
    ...(segmentMaxBytes && { segmentMaxBytes }),
    step: (body) => body(),
    onFailed: (error) => failures.push(error),
  });
}

async function written(rig: LedgerRig, segmentMaxBytes?: number): Promise<BlockFiles> {
  const files = opened(segmentMaxBytes);
  const verifier = new ChainVerifier(crypt, rig.chainId, "live");
  if (files.verified !== undefined) verifier.resume(files.verified);
  for (const block of rig.blocks.slice(verifier.height)) {
    const checked = verifier.check(block);
    if (checked.kind === "fault") throw new Error(checked.code);
    verifier.accept(checked);
    const { state } = verifier;
    if (state === undefined) throw new Error("a state");
    await new Promise<void>((done) => files.append(encodeBlock(block), state, done));
  }
  return files;
}

function refusal(): string {
  try {
    opened();
    return "taken";
  } catch (error) {
    return String(error);
  }
}

test("what was appended is there again, by number and by order index", async () => {
  const rig = new LedgerRig(signers);
  for (let count = 0; count < 40; count += 1) rig.grow(3);
  await (await written(rig, 3_000)).close();
  const files = opened(3_000);
  expect(readdirSync(folder).filter((name) => name.endsWith(".seg")).length).toBeGreaterThan(8);
  expect(files.height).toBe(41);
  expect(files.verified?.head.hash).toEqual(rig.builder.base.hash);
  for (const [number, block] of rig.blocks.entries()) {
    expect(files.blockAt(number)).toEqual(encodeBlock(block));
    for (
      let index = block.header.firstOrderIndex;
      index <= block.header.lastOrderIndex;
      index += 1
    ) {
      expect(files.numberOf(index)).toBe(number);
    }
  }
  expect(files.blockAt(41)).toBeUndefined();
  expect(files.numberOf(9_999)).toBeUndefined();
  rig.grow(2);
  await (await written(rig, 3_000)).close();
  expect(opened(3_000).height).toBe(42);
});

test("a segment is not begun on the disk before the one before it is whole there", async () => {
  const rig = new LedgerRig(signers);
  for (let count = 0; count < 5; count += 1) rig.grow(1);
  const failures: unknown[] = [];
  const files = new BlockFiles({
    folder,
    crypt,
    segmentMaxBytes: 1,
    step: (body) => body(),
    onFailed: (error) => failures.push(error),
  });
  // The disk refuses the first one.
  mkdirSync(join(folder, "blocks-000000000000.seg"));
  const verifier = new ChainVerifier(crypt, rig.chainId, "live");
  const durable: number[] = [];
  for (const block of rig.blocks) {
    const checked = verifier.check(block);
    if (checked.kind === "sound") verifier.accept(checked);
    const { state } = verifier;
    if (state === undefined) throw new Error("a state");
    files.append(encodeBlock(block), state, () => durable.push(block.header.number));
  }
  await files.close();
  expect(failures.length).toBe(1);
  expect(durable).toEqual([]);
  const segments = readdirSync(folder).filter((name) => name.endsWith(".seg"));
  expect(segments).toEqual(["blocks-000000000000.seg"]);
});

test("indices are made anew from the blocks", async () => {
  const rig = new LedgerRig(signers);
  for (let count = 0; count < 20; count += 1) rig.grow(3);
  await (await written(rig, 3_000)).close();
  for (const name of readdirSync(folder)) if (name.endsWith(".idx")) rmSync(join(folder, name));
  const files = opened(3_000);
  expect(files.wasIndexWrong).toBe(true);
  for (const [number, block] of rig.blocks.entries()) {
    expect(files.blockAt(number)).toEqual(encodeBlock(block));
  }
});

test("what a crash left half written is cut off, wherever it was cut", async () => {
  const rig = new LedgerRig(signers);
  rig.grow(2);
  await (await written(rig)).close();
  const before = readFileSync(join(folder, "blocks-000000000000.seg"));
  const record = encodeRecord(encodeBlock(rig.grow(1)));
  for (let cut = 1; cut < record.length; cut += 17) {
    writeFileSync(join(folder, "blocks-000000000000.seg"), before);
    appendFileSync(join(folder, "blocks-000000000000.seg"), record.subarray(0, cut));
    const files = opened();
    expect(files.wasTorn).toBe(true);
    expect(files.height).toBe(2);
    await files.close();
    expect(readFileSync(join(folder, "blocks-000000000000.seg")).equals(before)).toBe(true);
  }
  appendFileSync(join(folder, "blocks-000000000000.seg"), new Uint8Array(100));
  expect(opened().height).toBe(2);
});

test("every byte of the blocks, changed, is refused, and nothing is cut off", async () => {
  const rig = new LedgerRig(signers.slice(0, 1));
  rig.grow(1);
  await (await written(rig)).close();
  const path = join(folder, "blocks-000000000000.seg");
  const good = readFileSync(path);
  expect(refusal()).toBe("taken");
  let start = 0;
  const ends = rig.blocks.map((block) => {
    start += encodeRecord(encodeBlock(block)).length;
    return start;
  });
  for (let index = 0; index < good.length; index += 1) {
    const bytes = Buffer.from(good);
    bytes[index] = (bytes[index] ?? 0) ^ 0x80;
    writeFileSync(path, bytes);
    const number = ends.findIndex((end) => index < end);
    expect(refusal()).toMatch(`E_CORRUPT at block ${number}`);
    expect(readFileSync(path).length).toBe(good.length);
  }
});

test("blocks that are no more there are missed, and changed indices are found", async () => {
  const rig = new LedgerRig(signers);
  rig.grow(1);
  rig.grow(2);
  await (await written(rig)).close();
  const path = join(folder, "blocks-000000000000.seg");
  const good = readFileSync(path);
  const last = encodeRecord(encodeBlock(rig.blocks[2] ?? rig.grow(1))).length;
  for (const cut of [last, last - 1, last - 9, 1]) {
    writeFileSync(path, good.subarray(0, good.length - cut));
    expect(refusal()).toMatch("E_CORRUPT at block 2");
  }
  writeFileSync(path, good);
  const indexPath = join(folder, "blocks-000000000000.idx");
  const index = readFileSync(indexPath);
  for (let at = 0; at < index.length; at += 1) {
    const bytes = Buffer.from(index);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(indexPath, bytes);
    const files = opened();
    expect(files.wasIndexWrong).toBe(true);
    expect(readFileSync(indexPath).equals(index)).toBe(true);
  }
});

test("a changed state file is not believed: all blocks are verified instead", async () => {
  const rig = new LedgerRig(signers);
  for (let count = 0; count < 9; count += 1) rig.grow(2);
  await (await written(rig, 1_500)).close();
  const states = readdirSync(folder).filter((name) => name.endsWith(".state"));
  expect(states.length).toBeGreaterThan(2);
  for (const name of states) {
    const bytes = readFileSync(join(folder, name));
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(join(folder, name), bytes);
  }
  const files = opened(1_500);
  expect(files.height).toBe(10);
  expect(files.verified?.head.hash).toEqual(rig.builder.base.hash);
});

test("what was signed last is known again; each changed byte of it is refused", async () => {
  const files = opened();
  const hash = new Uint8Array(32).fill(7);
  for (const number of [4, 5, 6]) {
    await new Promise<void>((done) => files.recordSigned({ number, hash }, done));
  }
  files.addEvidence(hash);
  await files.close();
  const again = opened();
  expect(again.lastSigned).toEqual({ number: 6, hash });
  expect(again.evidence).toEqual([hash]);
  const path = join(folder, "signed");
  const good = readFileSync(path);
  for (let index = 0; index < good.length; index += 1) {
    const bytes = Buffer.from(good);
    bytes[index] = (bytes[index] ?? 0) ^ 4;
    writeFileSync(path, bytes);
    expect(refusal()).toMatch(/LEDGER_CORRUPT.*signed/);
  }
  writeFileSync(path, good.subarray(0, good.length - 5));
  expect(opened().lastSigned).toEqual({ number: 5, hash });
});
