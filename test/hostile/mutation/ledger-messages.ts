/** What nodes of a ledger say to each other, and what stands in their order, files and exports. */
import { makeOrigin } from "../../../src/core/peer.ts";
import { encodeUtf8 } from "../../../src/core/text.ts";
import { encodeBlock } from "../../../src/data/ledger/block.ts";
import { encodeRecord } from "../../../src/data/ledger/block-record.ts";
import { encodeConfiguration } from "../../../src/data/ledger/configuration.ts";
import { encodeEvidence } from "../../../src/data/ledger/evidence.ts";
import { exportLine } from "../../../src/data/ledger/export-line.ts";
import { encodeHeadEvidence } from "../../../src/data/ledger/head-evidence.ts";
import type { LedgerMessage } from "../../../src/data/ledger/ledger.messages.ts";
import { encodeLedgerMessage } from "../../../src/data/ledger/ledger.wire.ts";
import { encodeNote } from "../../../src/data/ledger/notes.ts";
import { OrderIntake, orderedBytes } from "../../../src/data/ledger/order-intake.ts";
import { encodeTreeHead } from "../../../src/data/ledger/tree-head.ts";
import { ChainVerifier } from "../../../src/data/ledger/verification.ts";
import { encodeVerified } from "../../../src/data/ledger/verified-state.ts";
import { crypt, LedgerRig, signerNumber } from "../../../src/testing/ledger-rig.ts";
import { userPacket } from "./own-messages.ts";
import type { SeedMessage } from "./seeds.ts";

interface Body {
  readonly name: string;
  readonly body: Uint8Array;
}

const hash = new Uint8Array(32).fill(7);
const signature = new Uint8Array(64).fill(1);
const time = { wall: 2n ** 60n, logical: 4 };
const signatures = [{ keyId: hash, signature }];
const treeHead = { chainId: hash, size: 9, root: hash, time, signerEpoch: 0, signatures };

export function ledgerMessages(): SeedMessage[] {
  const rig = new LedgerRig([1, 2].map(signerNumber));
  rig.grow(2);
  rig.change([1, 3].map(signerNumber), [signerNumber(3)]);
  return [...told(rig), ...noted(rig), ...kept(rig)].map(({ body, name }) => {
    return { name: `ledger ${name}`, via: "packet", bytes: userPacket(body) };
  });
}

function told({ blocks }: LedgerRig): Body[] {
  const messages: readonly LedgerMessage[] = [
    { kind: "signature", number: 300, hash, keyId: hash, signature },
    { kind: "heads", height: 2 ** 40, headHash: hash },
    { kind: "request", nonce: 1, from: 0, to: 63 },
    { kind: "blocks", nonce: 9, blocks: blocks.map(encodeBlock) },
    { kind: "evidence", bytes: evidenceOf(blocks) },
    { kind: "treeHead", bytes: encodeTreeHead(treeHead) },
  ];
  return messages.map((message) => ({ name: message.kind, body: encodeLedgerMessage(message) }));
}

function noted({ configuration }: LedgerRig): Body[] {
  const bytes = encodeConfiguration(configuration);
  const notes = [
    { kind: "cut", upTo: 2 ** 40, time },
    { kind: "key", name: "peer1", publicKey: hash },
    { kind: "genesis", configuration: bytes },
  ] as const;
  return notes.map((note) => ({ name: note.kind, body: encodeNote(note) }));
}

function kept(rig: LedgerRig): Body[] {
  const { blocks } = rig;
  const lines = blocks.map((block) => encodeUtf8(exportLine(crypt, block)));
  return [
    ...blocks.map((block) => ({ name: "block", body: encodeBlock(block) })),
    ...blocks
      .slice(0, 2)
      .map((block) => ({ name: "record", body: encodeRecord(encodeBlock(block)) })),
    ...lines.map((body) => ({ name: "line", body })),
    { name: "evidence file", body: evidenceOf(blocks) },
    {
      name: "evidence of heads",
      body: encodeHeadEvidence(treeHead, { ...treeHead, root: signature.subarray(32) }),
    },
    { name: "intake", body: intakeOf(rig) },
    { name: "state", body: stateOf(rig) },
  ];
}

function evidenceOf([, one, other]: LedgerRig["blocks"]): Uint8Array {
  if (one === undefined || other === undefined) throw new Error("three blocks");
  return encodeEvidence({ one, other });
}

function intakeOf({ configuration }: LedgerRig): Uint8Array {
  const intake = new OrderIntake(crypt, configuration.chainName, {
    onFounded: () => {},
    onKey: () => {},
    onCandidates: () => {},
    onOld: () => {},
    count: () => {},
  });
  intake.found(configuration);
  const dot = { origin: makeOrigin("peer1", 7), seq: 1 };
  const bytes = orderedBytes("data", hash);
  const hlc = { ms: 1_700_000_000_000, counter: 1 };
  intake.onItems([
    { kind: "event", orderIndex: 1, dot, clock: new Map([["peer1#7", 1]]), hlc, bytes },
    { kind: "note", orderIndex: 1, bytes: encodeNote({ kind: "key", name: "p", publicKey: hash }) },
  ]);
  return intake.snapshot();
}

function stateOf({ blocks, chainId }: LedgerRig): Uint8Array {
  const verifier = new ChainVerifier(crypt, chainId, "atRest");
  for (const block of blocks) {
    const checked = verifier.check(block);
    if (checked.kind === "sound") verifier.accept(checked);
  }
  const { state } = verifier;
  if (state === undefined) throw new Error("a chain");
  return encodeVerified(state);
}
