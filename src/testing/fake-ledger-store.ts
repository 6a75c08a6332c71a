import { decodeBlock } from "../data/ledger/block.ts";
import { headerHash } from "../data/ledger/header.ts";
import type { LastSigned, LedgerStore } from "../data/ledger/ledger-store.contract.ts";
import { ChainVerifier, type VerifiedState } from "../data/ledger/verification.ts";
import { crypt } from "./ledger-rig.ts";

/** What is left of a store when its node crashes. */
export interface LedgerDisk {
  readonly blocks: Uint8Array[];
  lastSigned: LastSigned | undefined;
  readonly evidence: Uint8Array[];
}

export function emptyLedgerDisk(): LedgerDisk {
  return { blocks: [], lastSigned: undefined, evidence: [] };
}

/** In memory; what a test has not let become durable is lost in a crash. */
export class FakeLedgerStore implements LedgerStore {
  readonly verified: VerifiedState | undefined;
  readonly evidence: Uint8Array[];
  lastSigned: LastSigned | undefined;
  private readonly blocks: Uint8Array[];
  private readonly disk: LedgerDisk;
  private readonly later: (run: () => void) => void;

  /** `later` calls back when the disk would, unless the node has crashed before. */
  constructor(disk: LedgerDisk, later: (run: () => void) => void) {
    this.disk = disk;
    this.later = later;
    this.blocks = [...disk.blocks];
    this.evidence = [...disk.evidence];
    this.lastSigned = disk.lastSigned;
    this.verified = verifiedBlocks(disk.blocks);
  }

  get height(): number {
    return this.blocks.length;
  }

  blockAt(number: number): Uint8Array | undefined {
    return this.blocks[number];
  }

  hashAt(number: number): Uint8Array | undefined {
    const bytes = this.blocks[number];
    const block = bytes === undefined ? undefined : decodeBlock(bytes);
    return block === undefined ? undefined : headerHash(crypt, block.header);
  }

  append(block: Uint8Array, _verified: VerifiedState, done: () => void): void {
    this.blocks.push(block);
    this.later(() => {
      this.disk.blocks.push(block);
      done();
    });
  }

  recordSigned(last: LastSigned, done: () => void): void {
    this.later(() => {
      this.lastSigned = last;
      this.disk.lastSigned = last;
      done();
    });
  }

  addEvidence(bytes: Uint8Array): void {
    this.evidence.push(bytes);
    this.later(() => this.disk.evidence.push(bytes));
  }
}

function verifiedBlocks(blocks: readonly Uint8Array[]): VerifiedState | undefined {
  let verifier: ChainVerifier | undefined;
  for (const bytes of blocks) {
    const block = decodeBlock(bytes);
    if (block === undefined) throw new Error("no block");
    verifier ??= new ChainVerifier(crypt, block.header.chainId, "atRest");
    const checked = verifier.check(block);
    if (checked.kind === "fault") throw new Error(`${checked.code}: ${checked.detail}`);
    verifier.accept(checked);
  }
  return verifier?.state;
}
