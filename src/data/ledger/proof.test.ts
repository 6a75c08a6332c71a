import { expect, test } from "vitest";
import { crypt, eventNumber, LedgerRig, signerNumber } from "../../testing/ledger-rig.ts";
import { encodeEvent } from "./ledger-event.ts";
import { MerkleHasher } from "./merkle.ts";
import { checkProof, proofFromJson, proofToJson, proveEvent } from "./proof.ts";

const rig = new LedgerRig([1, 2, 3].map(signerNumber));
rig.grow(5);
rig.change([2, 3, 4].map(signerNumber), [signerNumber(4)]);
rig.grow(7);
const [genesis, first, change, last] = rig.blocks;
if (genesis === undefined || first === undefined || change === undefined || last === undefined) {
  throw new Error("a chain of four");
}

test("every event is proven by the genesis and the changes before it", () => {
  for (const [block, configurations] of [
    [first, [genesis]],
    [change, [genesis]],
    [last, [genesis, change]],
  ] as const) {
    for (let index = 0; index < block.events.length; index += 1) {
      const proof = proveEvent(crypt, block, index, configurations);
      if (proof === undefined) throw new Error("no proof");
      const read = proofFromJson(JSON.parse(JSON.stringify(proofToJson(proof))));
      expect(read).toEqual(proof);
      expect(checkProof(crypt, rig.chainId, read ?? proof).kind).toBe("valid");
    }
  }
  expect(proveEvent(crypt, last, 7, [genesis])).toBeUndefined();
});

test("what is not so is not proven", () => {
  const proof = proveEvent(crypt, last, 3, [genesis, change]);
  if (proof === undefined) throw new Error("no proof");
  const reasonOf = (changes: Partial<typeof proof>, chainId = rig.chainId): string => {
    const verdict = checkProof(crypt, chainId, { ...proof, ...changes });
    return verdict.kind === "valid" ? "valid" : verdict.reason;
  };
  expect(reasonOf({})).toBe("valid");
  expect(reasonOf({}, new Uint8Array(32))).toMatch("another chain");
  expect(reasonOf({ configurations: [genesis] })).toMatch("epoch 0, not 1");
  expect(reasonOf({ configurations: [] })).toMatch("no configuration");
  expect(reasonOf({ configurations: [change] })).not.toBe("valid");
  expect(reasonOf({ configurations: [genesis, { ...change, signatures: [] }] })).toMatch("signed");
  expect(reasonOf({ signatures: proof.signatures.slice(0, 1) })).toMatch("good signatures");
  expect(reasonOf({ index: 4 })).toMatch("not in the block");
  expect(reasonOf({ size: 8 })).toMatch("count of events");
  expect(reasonOf({ path: [...proof.path].reverse() })).toMatch("not in the block");
  const [event] = last.events;
  expect(reasonOf({ event: event ?? proof.event })).toMatch("not in the block");
  expect(reasonOf({ header: { ...proof.header, signerEpoch: 0 } })).not.toBe("valid");
});

test("every character of a proof's bytes, changed, is found", () => {
  const proof = proveEvent(crypt, last, 3, [genesis, change]);
  if (proof === undefined) throw new Error("no proof");
  const json = proofToJson(proof);
  const isValid = (text: unknown): boolean => {
    const read = proofFromJson(text);
    return read !== undefined && checkProof(crypt, rig.chainId, read).kind === "valid";
  };
  const flip = (text: string, index: number): string => {
    const other = text[index] === "0" ? "1" : "0";
    return text.slice(0, index) + other + text.slice(index + 1);
  };
  expect(isValid(json)).toBe(true);
  for (const name of ["chainId", "eventBytes", "header"] as const) {
    for (let index = 0; index < json[name].length; index += 1) {
      if (json[name][index] === "0") continue;
      expect(isValid({ ...json, [name]: flip(json[name], index) })).toBe(false);
    }
  }
  for (const wrong of [undefined, 7, "x", [], {}, { ...json, v: 2 }, { ...json, path: "x" }]) {
    expect(proofFromJson(wrong)).toBeUndefined();
  }
});

test("a genesis that somebody made up proves nothing, though nobody need sign one", () => {
  const good = proveEvent(crypt, genesis, 0, [genesis]);
  if (good === undefined) throw new Error("no proof");
  expect(checkProof(crypt, rig.chainId, good).kind).toBe("valid");
  const event = encodeEvent(crypt, eventNumber(1));
  const hasher = new MerkleHasher(crypt);
  const header = { ...genesis.header, eventsRoot: hasher.root([hasher.leaf(event)]) };
  expect(checkProof(crypt, rig.chainId, { ...good, event, header }).kind).toBe("invalid");
});
