import { expect, test } from "vitest";
import type { LedgerMessage } from "./ledger.messages.ts";
import { decodeLedgerMessage, encodeLedgerMessage } from "./ledger.wire.ts";

const hash = new Uint8Array(32).fill(7);
const messages: readonly LedgerMessage[] = [
  { kind: "signature", number: 300, hash, keyId: hash, signature: new Uint8Array(64).fill(1) },
  { kind: "heads", height: 2 ** 40, headHash: hash },
  { kind: "request", nonce: 1, from: 0, to: 63 },
  { kind: "blocks", nonce: 9, blocks: [new Uint8Array(3), new Uint8Array(0), hash] },
  { kind: "blocks", nonce: 9, blocks: [] },
  { kind: "evidence", bytes: hash },
  { kind: "treeHead", bytes: hash },
];

test.each(messages.map((message) => [message.kind, message] as const))("%s", (_, message) => {
  const bytes = encodeLedgerMessage(message);
  expect(decodeLedgerMessage(bytes)).toEqual(message);
  const isCut = ["blocks", "evidence", "treeHead"].includes(message.kind);
  // What goes to the end of a message has no end of its own: a frame keeps it whole.
  for (let end = 0; end < (isCut ? 1 : bytes.length); end += 1) {
    expect(decodeLedgerMessage(bytes.subarray(0, end))).toBeUndefined();
  }
});

test("what is no message is none", () => {
  expect(decodeLedgerMessage(new Uint8Array([0]))).toBeUndefined();
  expect(decodeLedgerMessage(new Uint8Array([7]))).toBeUndefined();
  expect(decodeLedgerMessage(new Uint8Array([4, 1, 255]))).toBeUndefined();
});
