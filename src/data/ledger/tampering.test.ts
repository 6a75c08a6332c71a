import { expect, test } from "vitest";
import { encodeUtf8 } from "../../core/text.ts";
import { crypt, LedgerRig, signerNumber } from "../../testing/ledger-rig.ts";
import { decodeBlock, encodeBlock } from "./block.ts";
import { encodeRecord, readRecord } from "./block-record.ts";
import { blockOfLine, exportLine } from "./export-line.ts";
import type { Block } from "./ledger.contract.ts";
import { ChainVerifier } from "./verification.ts";

const signers = [1, 2].map(signerNumber);
const rig = new LedgerRig(signers);
rig.grow(1);
rig.change([1, 3].map(signerNumber), [signerNumber(3)]);
rig.grow(2);
const { blocks } = rig;

/** Where the parts of a header begin, and how a change of each is told. */
const headerParts: readonly (readonly [number, string])[] = [
  [0, "E_FORMAT"],
  [5, "E_CHAIN_ID"],
  [37, "E_NUMBER"],
  [45, "E_PREV_HASH"],
  [77, "E_SIGNATURES"],
  [141, "E_EPOCH"],
];

/** Before each block; the prefix of a changed chain need not be verified again and again. */
const before = blocks.map((_, number) => verified(blocks.slice(0, number)));

function verified(chain: readonly Block[]): ChainVerifier {
  const verifier = new ChainVerifier(crypt, rig.chainId, "atRest");
  for (const block of chain) {
    const checked = verifier.check(block);
    if (checked.kind === "sound") verifier.accept(checked);
  }
  return verifier;
}

/** Of a chain that is the one above up to `first`. */
function codeOf(changed: readonly (Block | undefined)[], first = 0): string {
  const verifier = new ChainVerifier(crypt, rig.chainId, "atRest");
  const known = before[first];
  if (known?.state !== undefined) verifier.resume(known.state);
  for (const block of changed.slice(first)) {
    if (block === undefined) return "E_FORMAT";
    const checked = verifier.check(block);
    if (checked.kind === "fault") return checked.code;
    verifier.accept(checked);
  }
  return "valid";
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = bytes.slice();
  copy[index] = (copy[index] ?? 0) ^ 0x01;
  return copy;
}

test("every byte of every block, changed, is found with the code of its part", () => {
  expect(codeOf(blocks)).toBe("valid");
  let triedCount = 0;
  for (const [number, block] of blocks.entries()) {
    const bytes = encodeBlock(block);
    const bodyEnd = bytes.length - 2 - 96 * block.signatures.length;
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = [...blocks.slice(0, number), decodeBlock(flipped(bytes, index))];
      const code = codeOf(changed, number);
      const part = headerParts.filter(([start]) => start <= index).at(-1);
      if (index < 149 && number > 0) {
        // Of a number that is no safe integer nothing more is said.
        expect([part?.[1], "E_FORMAT"]).toContain(code);
      } else if (index >= bodyEnd) expect(["E_FORMAT", "E_SIGNATURES"]).toContain(code);
      else if (index >= 149) {
        expect(["E_FORMAT", "E_EVENTS_ROOT", "E_EVENT_COUNT"]).toContain(code);
      } else expect(code).toMatch(/^E_/);
      triedCount += 1;
    }
  }
  expect(triedCount).toBeGreaterThan(1_500);
});

test("every byte of an exported ledger, changed, is found", () => {
  const text = encodeUtf8(blocks.map((block) => `${exportLine(crypt, block)}\n`).join(""));
  const good = blocks.map((block) => exportLine(crypt, block));
  const lines = (bytes: Uint8Array): string[] => new TextDecoder().decode(bytes).split("\n");
  const read = (bytes: Uint8Array): string => {
    const all = lines(bytes);
    if (all.pop() !== "") return "E_INCOMPLETE";
    const first = all.findIndex((line, index) => line !== good[index]);
    const changed = all.map((line) => blockOfLine(crypt, line));
    return codeOf(changed, Math.max(0, first));
  };
  expect(read(text)).toBe("valid");
  for (let index = 0; index < text.length; index += 1) {
    expect(read(flipped(text, index))).not.toBe("valid");
  }
});

test("every byte of a binary export, changed, is found, and no change looks like a crash", () => {
  const records = blocks.map((block) => encodeRecord(encodeBlock(block)));
  const whole = new Uint8Array(records.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const record of records) {
    whole.set(record, offset);
    offset += record.length;
  }
  const reading = (bytes: Uint8Array): string => {
    for (let at = 0; at < bytes.length; ) {
      const record = readRecord(bytes.subarray(at));
      if (record.kind !== "block") return record.kind;
      at += record.length;
    }
    return "whole";
  };
  expect(reading(whole)).toBe("whole");
  for (let index = 0; index < whole.length; index += 1) {
    expect(reading(flipped(whole, index))).toBe("corrupt");
  }
  let start = 0;
  for (const record of records) {
    for (let cut = 1; cut < record.length; cut += 1) {
      expect(reading(whole.subarray(0, start + cut))).toBe("torn");
    }
    start += record.length;
  }
});
