import { decodeUtf8Strict } from "../../../src/core/text.ts";
import { decodeBlock, encodeBlock } from "../../../src/data/ledger/block.ts";
import { readRecord } from "../../../src/data/ledger/block-record.ts";
import { decodeChange, decodeConfiguration } from "../../../src/data/ledger/configuration.ts";
import { decodeEvidence, encodeEvidence } from "../../../src/data/ledger/evidence.ts";
import { blockOfLine } from "../../../src/data/ledger/export-line.ts";
import { decodeHeadEvidence, faultyHeadSigners } from "../../../src/data/ledger/head-evidence.ts";
import { decodeIntake, encodeIntake } from "../../../src/data/ledger/intake-state.ts";
import { decodeLedgerMessage, encodeLedgerMessage } from "../../../src/data/ledger/ledger.wire.ts";
import { decodeEvent } from "../../../src/data/ledger/ledger-event.ts";
import { decodeNote, encodeNote } from "../../../src/data/ledger/notes.ts";
import { OrderIntake } from "../../../src/data/ledger/order-intake.ts";
import { decodeTreeHead, encodeTreeHead } from "../../../src/data/ledger/tree-head.ts";
import { ChainVerifier } from "../../../src/data/ledger/verification.ts";
import { decodeVerified } from "../../../src/data/ledger/verified-state.ts";
import { nodeLedgerCrypto as crypt } from "../../../src/node/ledger/node-crypto.ts";
import { HostileFailure } from "../failure.ts";

/** What of a ledger comes from others: messages, notes of the order, snapshots, files. */
export function readLedger(payload: Uint8Array): void {
  const message = decodeLedgerMessage(payload);
  if (message !== undefined) checkBytes(message.kind, payload, encodeLedgerMessage(message));
  const note = decodeNote(payload);
  if (note !== undefined) checkBytes(note.kind, payload, encodeNote(note));
  readBlock(payload);
  readRecord(payload);
  readIntake(payload);
  decodeEvent(crypt, payload);
  decodeConfiguration(payload);
  decodeChange(payload);
  decodeVerified(crypt, payload);
  const evidence = decodeEvidence(payload);
  if (evidence !== undefined && decodeEvidence(encodeEvidence(evidence)) === undefined) {
    throw new HostileFailure("outcome", "evidence was not understood again");
  }
  readTreeHeads(payload);
  const line = payload[0] === 0x7b ? decodeUtf8Strict(payload) : undefined;
  if (line !== undefined) blockOfLine(crypt, line);
}

function readTreeHeads(payload: Uint8Array): void {
  const head = decodeTreeHead(payload);
  if (head !== undefined && decodeTreeHead(encodeTreeHead(head))?.size !== head.size) {
    throw new HostileFailure("outcome", "a tree head was not understood again");
  }
  const evidence = decodeHeadEvidence(payload);
  if (evidence !== undefined) faultyHeadSigners(crypt, evidence, () => undefined);
}

function readBlock(payload: Uint8Array): void {
  const block = decodeBlock(payload);
  if (block === undefined) return;
  const bytes = encodeBlock(block);
  const again = decodeBlock(bytes);
  if (again === undefined) throw new HostileFailure("outcome", "a block was not understood again");
  checkBytes("block", bytes, encodeBlock(again));
  for (const rule of ["live", "atRest"] as const) {
    new ChainVerifier(crypt, block.header.chainId, rule).check(block);
  }
}

/** Whatever a snapshot says, a ledger that was given it takes what comes next. */
function readIntake(payload: Uint8Array): void {
  const state = decodeIntake(crypt, payload);
  if (state === undefined) return;
  const intake = new OrderIntake(crypt, "audit", {
    onFounded: () => {},
    onKey: () => {},
    onCandidates: () => {},
    onOld: () => {},
    count: () => {},
  });
  if (!intake.restore(payload)) throw new HostileFailure("outcome", "a snapshot was not taken");
  if (decodeIntake(crypt, encodeIntake(crypt, state)) === undefined) {
    throw new HostileFailure("outcome", "a snapshot of a ledger was not understood again");
  }
}

function checkBytes(what: string, bytes: Uint8Array, again: Uint8Array): void {
  if (Buffer.compare(bytes, again) === 0) return;
  throw new HostileFailure("outcome", `a ${what} of a ledger was not understood again`);
}
