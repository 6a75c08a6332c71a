import { expect, test } from "vitest";
import { encodeUtf8 } from "../../core/text.ts";
import {
  changeData,
  configurationOf,
  crypt,
  eventNumber,
  LedgerRig,
  signatureOf,
  signerNumber,
} from "../../testing/ledger-rig.ts";
import { decodeBlock, encodeBlock } from "./block.ts";
import { BlockBuilder } from "./block-builder.ts";
import { headerHash } from "./header.ts";
import type { Block, BlockHeader, LedgerEvent } from "./ledger.contract.ts";
import { encodeEvent } from "./ledger-event.ts";
import { MerkleHasher } from "./merkle.ts";
import type { SignatureRule } from "./signatures.ts";
import { ChainVerifier, isAheadOfClock } from "./verification.ts";

const signers = [1, 2, 3].map(signerNumber);
const hasher = new MerkleHasher(crypt);

/** What the first fault in these blocks is; "valid" where there is none. */
function verdict(rig: LedgerRig, blocks: readonly Block[], rule: SignatureRule = "live"): string {
  const verifier = new ChainVerifier(crypt, rig.chainId, rule);
  for (const block of blocks) {
    const checked = verifier.check(block);
    if (checked.kind === "fault") return checked.code;
    verifier.accept(checked);
  }
  return "valid";
}

function chain(): LedgerRig {
  const rig = new LedgerRig(signers);
  rig.grow(3);
  rig.grow(2);
  return rig;
}

/** `block` with another header or body, and signed again by all, as faulty signers could. */
function resigned(block: Block, header: Partial<BlockHeader>, events = block.events): Block {
  const made = { ...block.header, ...header };
  const hash = headerHash(crypt, made);
  return { header: made, events, signatures: signers.map((signer) => signatureOf(signer, hash)) };
}

function withEvents(block: Block, events: readonly Uint8Array[]): Block {
  const eventsRoot = hasher.root(events.map((event) => hasher.leaf(event)));
  const { firstOrderIndex } = block.header;
  const lastOrderIndex = firstOrderIndex + events.length - 1;
  return resigned(block, { eventsRoot, eventCount: events.length, lastOrderIndex }, events);
}

test("a chain is valid, live and at rest, and its encoding is one form", () => {
  const rig = chain();
  expect(verdict(rig, rig.blocks)).toBe("valid");
  const stored = rig.blocks.map((block) => decodeBlock(encodeBlock(block)));
  expect(stored).not.toContain(undefined);
  expect(
    verdict(
      rig,
      stored.filter((block) => block !== undefined),
      "atRest",
    ),
  ).toBe("valid");
});

test("each fault has its code, also when all signers sign it", () => {
  const rig = chain();
  const [genesis, first, second] = rig.blocks;
  if (genesis === undefined || first === undefined || second === undefined) throw new Error("none");
  const last = (block: Block): string => verdict(rig, [genesis, first, block]);
  const other = new Uint8Array(32).fill(9);
  expect(last(resigned(second, { chainId: other }))).toBe("E_CHAIN_ID");
  expect(last(resigned(second, { number: 3 }))).toBe("E_NUMBER");
  expect(verdict(rig, [genesis, second])).toBe("E_NUMBER");
  expect(last(resigned(second, { previousHash: other }))).toBe("E_PREV_HASH");
  expect(last(resigned(second, { signerEpoch: 1 }))).toBe("E_EPOCH");
  expect(last({ ...second, signatures: second.signatures.slice(0, 1) })).toBe("E_SIGNATURES");
  expect(last(resigned(second, { eventCount: 1 }))).toBe("E_EVENT_COUNT");
  expect(last(withEvents(second, []))).toBe("E_EVENT_COUNT");
  expect(last(resigned(second, { eventsRoot: other }))).toBe("E_EVENTS_ROOT");
  expect(last(withEvents(second, [encodeUtf8("none")]))).toBe("E_EVENT_FORMAT");
  expect(last(resigned(second, { firstOrderIndex: 5 }))).toBe("E_ORDER_INDEX");
  expect(last(resigned(second, { lastOrderIndex: 6 }))).toBe("E_ORDER_INDEX");
  expect(last(withEvents(second, first.events.slice(0, 1)))).toBe("E_DUPLICATE_EVENT");
  const [event] = second.events;
  if (event === undefined) throw new Error("none");
  expect(last(withEvents(second, [event, event]))).toBe("E_DUPLICATE_EVENT");
  expect(last(resigned(second, { time: first.header.time }))).toBe("E_HLC");
  expect(last(resigned(second, { time: { wall: 0n, logical: 9 } }))).toBe("E_HLC");
  const bad = encodeEvent(crypt, eventNumber(9, { kind: "configuration" }));
  expect(last(withEvents(second, [bad]))).toBe("E_CONFIG");
  expect(last(withEvents(second, [event, bad]))).toBe("E_CONFIG");
});

test("faults are looked for in the order of the spec", () => {
  const rig = chain();
  const [genesis, first, second] = rig.blocks;
  if (genesis === undefined || first === undefined || second === undefined) throw new Error("none");
  const other = new Uint8Array(32).fill(9);
  const wrong: readonly (readonly [string, Partial<BlockHeader>])[] = [
    ["E_HLC", { time: first.header.time }],
    ["E_ORDER_INDEX", { firstOrderIndex: 9 }],
    ["E_EVENTS_ROOT", { eventsRoot: other }],
    ["E_EVENT_COUNT", { eventCount: 9 }],
    ["E_EPOCH", { signerEpoch: 9 }],
    ["E_PREV_HASH", { previousHash: other }],
    ["E_NUMBER", { number: 9 }],
    ["E_CHAIN_ID", { chainId: other }],
  ];
  let header: Partial<BlockHeader> = {};
  for (const [code, change] of wrong) {
    header = { ...header, ...change };
    expect(verdict(rig, [genesis, first, resigned(second, header)])).toBe(code);
  }
  const unsigned = { ...resigned(second, { eventsRoot: other }), signatures: [] };
  expect(verdict(rig, [genesis, first, unsigned])).toBe("E_SIGNATURES");
});

test("a threshold of distinct signers: others, doubled and bad ones do not count", () => {
  const rig = chain();
  const [genesis, first] = rig.blocks;
  if (genesis === undefined || first === undefined) throw new Error("none");
  const hash = headerHash(crypt, first.header);
  const [one, two, three] = signers.map((signer) => signatureOf(signer, hash));
  const stranger = signatureOf(signerNumber(9), hash);
  if (one === undefined || two === undefined || three === undefined) throw new Error("none");
  const bad = { ...two, signature: two.signature.slice().fill(0, 0, 1) };
  const codeOf = (signatures: Block["signatures"], rule: SignatureRule = "live"): string =>
    verdict(rig, [genesis, { ...first, signatures }], rule);
  expect(codeOf([one, one])).toBe("E_SIGNATURES");
  expect(codeOf([one, stranger])).toBe("E_SIGNATURES");
  expect(codeOf([one, bad])).toBe("E_SIGNATURES");
  expect(codeOf([one, bad, two])).toBe("valid");
  expect(codeOf([stranger, one, one, three])).toBe("valid");
  // Whoever kept it kept good ones alone.
  expect(codeOf([stranger, one, three], "atRest")).toBe("E_SIGNATURES");
  expect(codeOf([one, bad, two], "atRest")).toBe("E_SIGNATURES");
  // With more signatures it is the same block.
  expect(headerHash(crypt, first.header)).toEqual(hash);
});

test("a rotation counts from the next block on, and new keys are proven", () => {
  const rig = new LedgerRig(signers);
  rig.grow(2);
  const next = [2, 3, 4, 5].map(signerNumber);
  const fresh = [4, 5].map(signerNumber);
  rig.change(next, fresh);
  rig.grow(1);
  expect(rig.builder.base.configuration.signerEpoch).toBe(1);
  expect(verdict(rig, rig.blocks, "atRest")).toBe("valid");
  const last = rig.blocks.at(-1);
  if (last === undefined) throw new Error("none");
  const hash = headerHash(crypt, last.header);
  const before = rig.blocks.slice(0, -1);
  const old = [1, 2].map((number) => signatureOf(signerNumber(number), hash));
  expect(verdict(rig, [...before, { ...last, signatures: old }])).toBe("E_SIGNATURES");
  const three = [2, 3, 5].map((number) => signatureOf(signerNumber(number), hash));
  expect(verdict(rig, [...before, { ...last, signatures: three }])).toBe("valid");
  // The change itself is signed by those who were signers before it.
  const change = before.at(-1);
  if (change === undefined) throw new Error("none");
  const changeHash = headerHash(crypt, change.header);
  const byNew = [4, 5].map((number) => signatureOf(signerNumber(number), changeHash));
  const upTo = before.slice(0, -1);
  expect(verdict(rig, [...upTo, { ...change, signatures: byNew }])).toBe("E_SIGNATURES");
});

test.each([
  ["without a proof", { fresh: [] }],
  ["with the proof of another key", { fresh: [7] }],
  ["with a needless proof", { fresh: [1, 4] }],
  ["that leaves out an epoch", { epoch: 2 }],
  ["with a threshold of none", { threshold: 0 }],
  ["with a threshold of more than there are", { threshold: 9 }],
])("a change %s is none: it stands there as data", (_, changes) => {
  const {
    epoch = 1,
    fresh = [4],
    threshold = 2,
  } = { ...changes } as {
    epoch?: number;
    fresh?: number[];
    threshold?: number;
  };
  const rig = new LedgerRig(signers);
  const configuration = configurationOf([1, 2, 4].map(signerNumber), {
    signerEpoch: epoch,
    threshold,
  });
  const data = changeData(rig.chainId, configuration, fresh.map(signerNumber));
  const event = eventNumber(1, { kind: "configuration", data });
  rig.builder.add(event);
  const [made] = rig.builder.cut({ upTo: 1, time: { wall: 2n ** 62n, logical: 0 } });
  expect(made?.next.signerEpoch).toBe(0);
  // Signers who sign it all the same are not believed.
  const [genesis] = rig.blocks;
  if (genesis === undefined || made === undefined) throw new Error("none");
  const block = { header: made.header, events: made.events, signatures: [] };
  expect(verdict(rig, [genesis, withEvents(block, [encodeEvent(crypt, event)])])).toBe("E_CONFIG");
});

test("a genesis is what its configuration says, and nothing beside", () => {
  const rig = chain();
  const [genesis] = rig.blocks;
  if (genesis === undefined) throw new Error("none");
  const other = new LedgerRig([4, 5].map(signerNumber));
  expect(verdict(rig, other.blocks)).toBe("E_CHAIN_ID");
  const late = { ...genesis.header, time: { wall: 5n, logical: 0 } };
  expect(verdict(rig, [{ ...genesis, header: late }])).toBe("E_HLC");
  const named: LedgerEvent = eventNumber(1, {
    kind: "configuration",
    data: changeData(rig.chainId, rig.configuration, []),
  });
  const bytes = encodeEvent(crypt, named);
  const eventsRoot = hasher.root([hasher.leaf(bytes)]);
  const header = { ...genesis.header, eventsRoot };
  expect(verdict(rig, [{ header, events: [bytes], signatures: [] }])).toBe("E_CONFIG");
});

test("a light client checks the head of a block alone", () => {
  const rig = chain();
  const verifier = new ChainVerifier(crypt, rig.chainId, "live");
  const [genesis, first] = rig.blocks;
  if (genesis === undefined || first === undefined) throw new Error("none");
  const checked = verifier.check(genesis);
  if (checked.kind === "sound") verifier.accept(checked);
  expect(verifier.checkHead(first.header, first.signatures)).toBeUndefined();
  const fewer = verifier.checkHead(first.header, first.signatures.slice(0, 1));
  expect(fewer?.code).toBe("E_SIGNATURES");
});

test("a block ahead of the clock by more than the skew waits", () => {
  const { configuration } = new LedgerRig(signers);
  const header = chain().blocks[1]?.header;
  if (header === undefined) throw new Error("none");
  const wallMs = Number(header.time.wall / 1_000_000n);
  expect(isAheadOfClock(header, configuration, wallMs - 500)).toBe(false);
  expect(isAheadOfClock(header, configuration, wallMs - 501)).toBe(true);
});

test("the builder splits what is too much, and never goes back in time", () => {
  const rig = new LedgerRig(signers, {
    eventsMaxCount: 4,
    blockMaxBytes: 1_000,
    eventMaxBytes: 900,
  });
  rig.grow(10);
  expect(rig.blocks.map(({ events }) => events.length)).toEqual([1, 4, 4, 2]);
  rig.grow(3, new Uint8Array(500));
  expect(rig.blocks.slice(4).map(({ events }) => events.length)).toEqual([1, 1, 1]);
  rig.grow(1, new Uint8Array(5_000));
  expect(verdict(rig, rig.blocks, "atRest")).toBe("valid");
  const { base } = rig.builder;
  rig.builder.add(eventNumber(rig.nextSeq));
  const [late] = rig.builder.cut({
    upTo: rig.builder.lastOrderIndex,
    time: { wall: 0n, logical: 0 },
  });
  expect(late?.header.time).toEqual({
    wall: base.header.time.wall,
    logical: base.header.time.logical + 1,
  });
  expect(rig.builder.cut({ upTo: 3, time: { wall: 9n, logical: 0 } })).toEqual([]);
  expect(rig.builder.cut({ upTo: 10_000, time: { wall: 9n, logical: 0 } })).toEqual([]);
});

test("two builders of one order make the same, wherever its cuts were known", () => {
  const rig = new LedgerRig(signers);
  const other = new BlockBuilder(crypt, rig.builder.base);
  const early = [1, 2, 3].map((seq) => eventNumber(seq));
  for (const event of early) other.add(event);
  const cut = { upTo: 2, time: { wall: 1_700_000_009_000_000_000n, logical: 0 } };
  const [made] = other.cut(cut);
  for (const event of early) rig.builder.add(event);
  const [same] = rig.builder.cut(cut);
  expect(made?.hash).toEqual(same?.hash);
  expect(other.pendingCount).toBe(1);
  expect(other.lastOrderIndex).toBe(3);
});
