import { sameBytes } from "../../core/bytes.ts";
import type { Candidate } from "./block-builder.ts";
import { blockSignatureMessage } from "./header.ts";
import type { LedgerConfiguration, LedgerTime, Signer } from "./ledger.contract.ts";
import type { LedgerSignature } from "./ledger.messages.ts";
import type { LedgerStore } from "./ledger-store.contract.ts";
import { signerOf } from "./signatures.ts";
import { isAheadOfClock } from "./verification.ts";

export interface SigningPorts {
  readonly signer: Signer;
  readonly store: Pick<LedgerStore, "lastSigned" | "recordSigned">;
  wallClock(): number;
  /** A signature of this node's own, to keep and to send. */
  onSigned(signature: LedgerSignature): void;
  /** This node once signed another header of this number: it signs nothing more. */
  onContradiction(number: number): void;
}

/**
 * A signer signs one header of a number, whatever happens to it: the number and hash are durable
 * before the signature is made. [spec ledger §8]
 *
 * Blocks of one order follow from each other, so of several signed ahead of the last final one the
 * highest alone is recorded: after a restart, those below may be signed again as soon as it is
 * seen that they are what led to it.
 */
export class Signing {
  private readonly ports: SigningPorts;
  /** Up to here the record is durable, or was when this life began. */
  private recorded = -1;
  private isRecording = false;
  private readonly signed = new Map<number, LedgerSignature>();

  constructor(ports: SigningPorts) {
    this.ports = ports;
    this.recorded = ports.store.lastSigned?.number ?? -1;
  }

  isSigner(configuration: LedgerConfiguration): boolean {
    return signerOf(configuration, this.ports.signer.keyId) !== undefined;
  }

  /** Own signatures of blocks that are not final, to say again. */
  get pending(): readonly LedgerSignature[] {
    return [...this.signed.values()];
  }

  forgetBelow(number: number): void {
    for (const known of [...this.signed.keys()]) if (known < number) this.signed.delete(known);
  }

  /** These follow one another, the first behind the last final block, whose time is `before`. */
  sign(candidates: readonly Candidate[], before: LedgerTime): void {
    const { lastSigned } = this.ports.store;
    const mine = this.signable(candidates, before);
    const last = mine.at(-1);
    if (last === undefined || this.isRecording) return;
    if (lastSigned !== undefined && lastSigned.number >= (mine[0]?.header.number ?? 0)) {
      const same = candidates.find(({ header }) => header.number === lastSigned.number);
      // What was signed in a life before is still to be made of the order.
      if (same === undefined) return;
      if (!sameBytes(same.hash, lastSigned.hash)) {
        return this.ports.onContradiction(lastSigned.number);
      }
    }
    if (last.header.number <= this.recorded) return this.signAll(mine);
    this.isRecording = true;
    const { number } = last.header;
    this.ports.store.recordSigned({ number, hash: last.hash }, () => {
      this.isRecording = false;
      this.recorded = number;
      this.signAll(mine);
    });
  }

  private signable(candidates: readonly Candidate[], before: LedgerTime): Candidate[] {
    const wallMs = this.ports.wallClock();
    const mine: Candidate[] = [];
    let { wall } = before;
    for (const candidate of candidates) {
      const { configuration, header } = candidate;
      // A leader whose clock is ahead is waited for, and all that comes behind, too. [spec §5] Not
      // so when the chain is there already: clocks were set back, and who waits gains nothing.
      const isFurther = header.time.wall > wall;
      if (isFurther && isAheadOfClock(header, configuration, wallMs)) break;
      wall = header.time.wall;
      if (this.isSigner(configuration)) mine.push(candidate);
    }
    return mine;
  }

  private signAll(candidates: readonly Candidate[]): void {
    const { signer } = this.ports;
    for (const { hash, header } of candidates) {
      const { number } = header;
      if (this.signed.has(number)) continue;
      const signature = signer.sign(blockSignatureMessage(hash));
      const { keyId } = signer;
      const message: LedgerSignature = { kind: "signature", number, hash, keyId, signature };
      this.signed.set(number, message);
      this.ports.onSigned(message);
    }
  }
}
