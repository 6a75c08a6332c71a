/** The trace of docs/protocols/ledger.md is what the classes give. */
import { expect, it } from "vitest";
import { encodeHex } from "../../core/hex.ts";
import { crypt, LedgerRig, signatureOf, signerNumber } from "../../testing/ledger-rig.ts";
import { shownTrace } from "../../testing/page-rig.ts";
import { headerHash } from "./header.ts";
import type { Block, Signer } from "./ledger.contract.ts";
import { ChainVerifier } from "./verification.ts";

it("is told in the page as it happens", () => {
  const [ann, bob, cid, dan] = [1, 2, 3, 4].map(signerNumber);
  if (ann === undefined || bob === undefined || cid === undefined || dan === undefined) {
    throw new Error("four signers");
  }
  const rig = new LedgerRig([ann, bob, cid]);
  const verifier = new ChainVerifier(crypt, rig.chainId, "live");
  const lines: string[] = [`chain ${encodeHex(rig.chainId)}`];
  const tell = (what: string, block: Block): void => {
    const checked = verifier.check(block);
    const { eventCount, firstOrderIndex, lastOrderIndex, number, signerEpoch } = block.header;
    const place = `block ${number} events ${eventCount} (${firstOrderIndex}-${lastOrderIndex})`;
    const verdict = checked.kind === "sound" ? "sound" : checked.code;
    const hash = encodeHex(headerHash(crypt, block.header)).slice(0, 12);
    lines.push(`${what.padEnd(42)}${place} epoch ${signerEpoch} ${hash} ${verdict}`);
  };
  const signedBy = (block: Block, ...signers: readonly Signer[]): Block => {
    const hash = headerHash(crypt, block.header);
    return { ...block, signatures: signers.map((signer) => signatureOf(signer, hash)) };
  };
  const take = (what: string, block: Block): void => {
    tell(what, block);
    const checked = verifier.check(block);
    if (checked.kind === "sound") verifier.accept(checked);
  };
  const [genesis] = rig.blocks;
  if (genesis === undefined) throw new Error("a genesis");
  take("the genesis, which nobody signs", genesis);
  const first = rig.grow(3);
  tell("three events, signed by ann", signedBy(first, ann));
  tell("the same, signed by ann twice", signedBy(first, ann, ann));
  tell("the same, signed by ann and a stranger", signedBy(first, ann, dan));
  take("the same, signed by ann and bob", signedBy(first, ann, bob));
  const change = rig.change([bob, cid, dan], [dan]);
  tell("dan for ann, signed by bob and dan", signedBy(change, bob, dan));
  take("the same, signed by ann and cid", signedBy(change, ann, cid));
  const last = rig.grow(1);
  tell("one event, signed by ann and bob", signedBy(last, ann, bob));
  const other = { ...last, events: first.events.slice(0, 1) };
  tell("another event under that header", signedBy(other, bob, dan));
  take("the event, signed by bob and dan", signedBy(last, bob, dan));
  tell("the same once more", signedBy(last, bob, dan));
  lines.push(`${verifier.tree.size} blocks, root ${encodeHex(verifier.tree.root())}`);
  expect(shownTrace("protocols/ledger.md", "blocks")).toBe(lines.join("\n"));
});
