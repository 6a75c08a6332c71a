import { expect, test } from "vitest";
import { encodeHex } from "../../core/hex.ts";
import { peerId } from "../../core/peer.ts";
import { encodeUtf8 } from "../../core/text.ts";
import { crypt, signerNumber } from "../../testing/ledger-rig.ts";
import { LedgerTown } from "../../testing/ledger-town-rig.ts";
import { decodeHeadEvidence, encodeHeadEvidence, faultyHeadSigners } from "./head-evidence.ts";
import type { LedgerOptions } from "./ledger.options.ts";
import {
  decodeTreeHead,
  encodeTreeHead,
  type SignedTreeHead,
  type TreeHead,
  treeHeadMessage,
} from "./tree-head.ts";

const SIGNERS = [1, 2, 3].map(signerNumber);

function grown(seed: number, numbers: Partial<LedgerOptions>): LedgerTown {
  const town = new LedgerTown({ seed, nodesCount: 5, signersCount: 3, numbers });
  town.simulator.runForMs(5_000);
  for (let at = 0; at < 25; at += 1) {
    town.append(at % 3, encodeUtf8(`event ${at}`));
    town.simulator.runForMs(200);
  }
  return town;
}

function signed(head: TreeHead, places: readonly number[]): SignedTreeHead {
  const signatures = places.flatMap((place) => {
    const signer = SIGNERS[place];
    if (signer === undefined) return [];
    return [{ keyId: signer.keyId, signature: signer.sign(treeHeadMessage(head)) }];
  });
  return { ...head, signerEpoch: 0, signatures };
}

const rootOf = (head: SignedTreeHead | undefined): string =>
  encodeHex(head?.root ?? new Uint8Array(0));

test("every so many blocks signers sign the root of all, and every node has it", () => {
  const town = grown(1, { treeHeadBlocksCount: 5 });
  for (const { counts, ledger } of town.town) {
    const head = ledger.treeHead;
    expect(head?.size).toBe(ledger.height - (ledger.height % 5));
    expect(head?.signatures.length).toBeGreaterThanOrEqual(2);
    expect(rootOf(head)).toBe(encodeHex(ledger.tree.root(head?.size ?? 0)));
    expect(counts.get("ledger.dropped.badTreeHead")).toBeUndefined();
  }
});

test("a chain that grows slowly is signed after a while, by all for one size", () => {
  const town = grown(2, { treeHeadBlocksCount: 10_000, treeHeadIntervalMs: 7_000 });
  town.simulator.runForMs(20_000);
  const sizes = new Set(town.town.map(({ ledger }) => ledger.treeHead?.size));
  expect(sizes).toEqual(new Set([town.town[0]?.ledger.height]));
});

test("two roots of one size, each signed by enough, stop all; one signer alone does not", () => {
  const town = grown(3, { treeHeadBlocksCount: 5, treeHeadIntervalMs: 600_000 });
  const [first] = town.town;
  const head = first?.ledger.treeHead;
  if (first === undefined || head === undefined) throw new Error("a head");
  // Of this size nobody has signed a root before: all do when they hear of another one.
  const size = head.size - 1;
  const other = { ...head, size, root: new Uint8Array(32).fill(9) };
  const told = (places: readonly number[]): void => {
    const bytes = encodeTreeHead(signed(other, places));
    first.node.step(() => first.ledger.onMessage(peerId(4), { kind: "treeHead", bytes }));
    town.simulator.runForMs(5_000);
  };
  told([0, 0]);
  expect(town.town.flatMap(({ halts }) => halts)).toEqual([]);
  told([1]);
  for (const { disk, halts } of town.town) {
    expect(halts).toEqual([{ reason: "fork", number: size - 1 }]);
    const evidence = decodeHeadEvidence(disk.evidence[0] ?? new Uint8Array(0));
    const configuration = first.ledger.head?.configuration;
    if (evidence === undefined) throw new Error("none");
    const faulty = faultyHeadSigners(crypt, evidence, () => configuration);
    expect(faulty?.length).toBeGreaterThan(0);
  }
  for (const { node } of town.town) town.simulator.crash(node);
  for (const one of town.town) town.restart(one);
  for (const { ledger } of town.town) {
    expect(ledger.halted).toEqual({ reason: "fork", number: size - 1 });
  }
});

test("each byte of a head, changed, makes it one that nobody has signed", () => {
  const head = { chainId: new Uint8Array(32).fill(1), size: 7, root: new Uint8Array(32).fill(2) };
  const time = { wall: 5n, logical: 6 };
  const one = signed({ ...head, time }, [0, 1]);
  const other = signed({ ...head, time, root: new Uint8Array(32).fill(3) }, [0, 1]);
  expect(decodeTreeHead(encodeTreeHead(one))?.signatures.length).toBe(2);
  const good = encodeHeadEvidence(one, other);
  const configuration = grown(4, {}).town[0]?.ledger.head?.configuration;
  const isEvidence = (bytes: Uint8Array): boolean => {
    const evidence = decodeHeadEvidence(bytes);
    if (evidence === undefined) return false;
    const known = (epoch: number) => (epoch === 0 ? configuration : undefined);
    return faultyHeadSigners(crypt, evidence, known) !== undefined;
  };
  expect(isEvidence(good)).toBe(true);
  expect(isEvidence(encodeHeadEvidence(one, one))).toBe(false);
  for (let index = 0; index < good.length; index += 1) {
    const bytes = good.slice();
    bytes[index] = (bytes[index] ?? 0) ^ 1;
    expect(isEvidence(bytes)).toBe(false);
  }
});
