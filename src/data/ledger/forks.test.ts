import { expect, test } from "vitest";
import type { Env } from "../../core/env.ts";
import { encodeHex } from "../../core/hex.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import { encodeUtf8 } from "../../core/text.ts";
import { crypt, eventNumber, signedBlock, signerNumber } from "../../testing/ledger-rig.ts";
import { LedgerTown } from "../../testing/ledger-town-rig.ts";
import { decodeBlock, encodeBlock } from "./block.ts";
import { BlockBuilder } from "./block-builder.ts";
import { decodeEvidence, faultySigners } from "./evidence.ts";
import { headerHash } from "./header.ts";
import type { Block } from "./ledger.contract.ts";
import type { LedgerMessage, LedgerTimer } from "./ledger.messages.ts";

const SIGNERS = [1, 2, 3].map(signerNumber);

function chainOf(town: LedgerTown, index: number): Block[] {
  const blocks = town.town[index]?.disk.blocks.map((bytes) => decodeBlock(bytes)) ?? [];
  return blocks.filter((block) => block !== undefined);
}

/** Another final block `number`, which two signers sign who signed the first, too. */
function otherBlock(town: LedgerTown, number: number): Block {
  const before = chainOf(town, 0)[number - 1];
  const configuration = town.town[0]?.ledger.head?.configuration;
  if (before === undefined || configuration === undefined) throw new Error("no such block");
  const { header } = before;
  const hash = headerHash(crypt, header);
  const builder = new BlockBuilder(crypt, { header, hash, configuration });
  builder.add(eventNumber(1_000, { data: encodeUtf8("not what was ordered") }));
  const cut = { upTo: builder.lastOrderIndex, time: { wall: 2n ** 61n, logical: 0 } };
  const [made] = builder.cut(cut);
  if (made === undefined) throw new Error("one block");
  return signedBlock(made, SIGNERS.slice(0, 2));
}

function grown(seed: number): LedgerTown {
  const town = new LedgerTown({ seed, nodesCount: 6, signersCount: 3 });
  town.simulator.runForMs(5_000);
  for (let at = 0; at < 60; at += 1) {
    town.append(at % 3, encodeUtf8(`event ${at}`));
    town.simulator.runForMs(100);
  }
  town.simulator.runForMs(5_000);
  expect(town.isSettled()).toBe(true);
  return town;
}

test("signers who sign two blocks of a number: all nodes stop, with the same evidence", () => {
  const town = grown(1);
  const number = 3;
  const fork = otherBlock(town, number);
  // Somebody was given the other block, and says so.
  const [victim] = town.town.slice(-1);
  if (victim === undefined) throw new Error("six");
  town.simulator.crash(victim.node);
  victim.disk.blocks.splice(number, victim.disk.blocks.length, encodeBlock(fork));
  town.hearsOrder = (index) => index !== 5;
  town.restart(victim);
  town.simulator.runForMs(60_000);
  for (const { disk, halts } of town.town) {
    expect(halts.map(({ reason }) => reason)).toEqual(["fork"]);
    expect(disk.evidence.length).toBe(1);
  }
  const kept = new Set(town.town.map(({ disk: { evidence } }) => String(evidence[0])));
  expect(kept.size).toBe(1);
  const bytes = town.town[0]?.disk.evidence[0];
  const evidence = bytes === undefined ? undefined : decodeEvidence(bytes);
  const configuration = town.town[0]?.ledger.head?.configuration;
  if (evidence === undefined) throw new Error("none");
  const faulty = faultySigners(crypt, evidence, () => configuration) ?? [];
  const both = SIGNERS.slice(0, 2).map(({ keyId }) => encodeHex(keyId));
  // Any two majorities share somebody.
  expect(faulty.length).toBeGreaterThan(0);
  expect(both).toEqual(expect.arrayContaining(faulty.map(encodeHex)));
  // Nothing more is final, what is there can be read, and a restart forgets nothing.
  const heights = town.town.map(({ ledger }) => ledger.height);
  for (const { node } of town.town) town.simulator.crash(node);
  for (const one of town.town) town.restart(one);
  town.hearsOrder = () => true;
  town.append(0, encodeUtf8("after the fork"));
  town.simulator.runForMs(10_000);
  expect(town.town.map(({ ledger }) => ledger.height)).toEqual(heights);
  for (const { ledger } of town.town) expect(ledger.halted?.reason).toBe("fork");
});

test("another block that is not final is no evidence: its bearer is asked for no more", () => {
  const town = grown(2);
  const fork = otherBlock(town, 3);
  const [victim] = town.town.slice(-1);
  if (victim === undefined) throw new Error("six");
  town.simulator.crash(victim.node);
  const bare = { ...fork, signatures: fork.signatures.slice(0, 1) };
  const head = town.town[0]?.ledger;
  const before = head?.height ?? 0;
  const liar = peerId(5);
  const { ledger, node } = town.town[0] ?? {};
  node?.step(() =>
    ledger?.onMessage(liar, {
      kind: "heads",
      height: 4,
      headHash: crypt.sha256(encodeBlock(bare)),
    }),
  );
  const request = { nonce: 1, blocks: [encodeBlock(bare)] };
  node?.step(() => ledger?.onMessage(liar, { kind: "blocks", ...request }));
  town.append(0, encodeUtf8("more"));
  town.simulator.runForMs(5_000);
  expect(town.town[0]?.halts).toEqual([]);
  expect(head?.height).toBeGreaterThan(before);
  const counts = town.town[0]?.counts;
  const named = [...(counts?.keys() ?? [])].filter((name) => name.startsWith("ledger.dropped."));
  expect(named.length).toBeGreaterThan(0);
});

/** Says it has a long chain, and gives blocks that were changed. */
class Liar implements Protocol<LedgerMessage, LedgerTimer> {
  askedCount = 0;
  private readonly env: Env<LedgerMessage, LedgerTimer>;
  private readonly blocks: readonly Uint8Array[];

  constructor(env: Env<LedgerMessage, LedgerTimer>, blocks: readonly Uint8Array[]) {
    this.env = env;
    this.blocks = blocks;
  }

  start(): void {}

  stop(): void {}

  onTimer(): void {}

  onMessage(from: PeerId, message: LedgerMessage): void {
    if (message.kind !== "request") return;
    this.askedCount += 1;
    const { from: first, nonce, to } = message;
    const blocks = this.blocks.slice(first, to + 1).map((block) => {
      const changed = block.slice();
      changed[200] = (changed[200] ?? 0) ^ 1;
      return changed;
    });
    this.env.send(from, { kind: "blocks", nonce, blocks });
  }
}

test("a giver whose blocks are wrong is asked once, and the others have the right ones", () => {
  const town = grown(3);
  const [first] = town.town;
  if (first === undefined) throw new Error("six");
  const liars: Liar[] = [];
  town.snapshot = { bytes: first.ledger.snapshot(), at: town.items.length };
  const newcomer = town.addNode();
  const node = town.simulator.add((host) => {
    const blocks = first.disk.blocks;
    host.mountDirect<LedgerMessage, LedgerTimer, Liar>("ledger", (env) => {
      const liar = new Liar(env, blocks);
      liars.push(liar);
      return liar;
    });
  });
  newcomer.node.step(() => {
    const heads = {
      kind: "heads",
      height: 9_000,
      headHash: crypt.sha256(new Uint8Array(0)),
    } as const;
    newcomer.ledger.onMessage(node.self, heads);
  });
  town.simulator.runForMs(30_000);
  expect(liars[0]?.askedCount).toBe(1);
  expect(newcomer.counts.get("ledger.dropped.badBlock")).toBe(1);
  expect(town.isSettled()).toBe(true);
  expect(newcomer.halts).toEqual([]);
});

test("absurd messages are counted and dropped, and nothing stops", () => {
  const town = grown(4);
  const [first] = town.town;
  if (first === undefined) throw new Error("six");
  const liar = peerId(4);
  const hash = new Uint8Array(32);
  const bad = { hash, keyId: hash, signature: new Uint8Array(64) };
  const next = first.ledger.height;
  const keyId = SIGNERS[0]?.keyId ?? hash;
  const absurd = [
    { kind: "signature", number: next, ...bad },
    { kind: "signature", number: next, ...bad, keyId },
    { kind: "signature", number: next + 10_000, ...bad },
    { kind: "signature", number: 0, ...bad },
    { kind: "request", nonce: 1, from: 9, to: 3 },
    { kind: "request", nonce: 1, from: 0, to: 10_000 },
    { kind: "request", nonce: 1, from: 10_000, to: 10_001 },
    { kind: "blocks", nonce: 77, blocks: [hash] },
    { kind: "evidence", bytes: hash },
    { kind: "heads", height: 2 ** 50, headHash: hash },
  ] as const;
  for (const message of absurd) first.node.step(() => first.ledger.onMessage(liar, message));
  town.append(0, encodeUtf8("goes on"));
  town.simulator.runForMs(20_000);
  expect(town.isSettled()).toBe(true);
  expect(Object.fromEntries(first.counts)).toMatchObject({
    "ledger.dropped.unknownSigner": 1,
    "ledger.dropped.badSignature": 1,
    "ledger.dropped.outsideWindow": 1,
    "ledger.dropped.badRequest": 2,
    "ledger.dropped.unasked": 1,
    "ledger.dropped.badEvidence": 1,
  });
  for (const { halts } of town.town) expect(halts).toEqual([]);
});

test("a node that signed another header before signs nothing more, and says so", () => {
  const town = grown(5);
  const [first] = town.town;
  if (first === undefined) throw new Error("six");
  town.simulator.crash(first.node);
  first.disk.lastSigned = { number: first.disk.blocks.length, hash: new Uint8Array(32) };
  town.restart(first);
  town.simulator.runForMs(1_000);
  town.append(1, encodeUtf8("next"));
  town.simulator.runForMs(10_000);
  expect(first.halts.map(({ reason }) => reason)).toEqual(["contradiction"]);
  expect(town.town[1]?.ledger.height).toBe(first.disk.lastSigned.number + 1);
});
