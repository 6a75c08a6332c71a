import { HearsayError } from "../../core/errors.ts";
import { decodeHex, encodeHex } from "../../core/hex.ts";
import { decodeBlock } from "../../data/ledger/block.ts";
import { possessionMessage } from "../../data/ledger/configuration.ts";
import { exportLine } from "../../data/ledger/export-line.ts";
import type { Block, EventKind, Signer } from "../../data/ledger/ledger.contract.ts";
import type { Ledger as LedgerMachine } from "../../data/ledger/ledger.ts";
import { orderedBytes } from "../../data/ledger/order-intake.ts";
import { type LedgerProofJson, proofToJson, proveEvent } from "../../data/ledger/proof.ts";
import type { WaitOptions } from "../api.ts";
import type { NodePorts } from "../node-ports.ts";
import type { StoredValues } from "../versions/stored-values.ts";
import { waitFor } from "../waits.ts";
import type {
  Ledger,
  LedgerAppendOptions,
  LedgerBlock,
  LedgerEntry,
  LedgerKeyProof,
  LedgerRange,
  LedgerReceipt,
  LedgerReport,
  LedgerSignerChange,
  LedgerTreeHead,
  LedgerVerdict,
} from "./ledger.api.ts";
import type { LedgerAppends } from "./ledger-appends.ts";
import type { LedgerBlocks } from "./ledger-blocks.contract.ts";
import { blockView } from "./ledger-views.ts";
import { nodeLedgerCrypto } from "./node-crypto.ts";
import { changeBytes } from "./signer-change.ts";
import { BlocksVerification } from "./verify-blocks.ts";

/** How long an append may take. [because: an election, some retries, and a block] */
const WAIT_MS = 15_000;
/** Blocks that are verified before others have their turn. [guess] */
const TURN_COUNT = 16;

export interface NodeLedgerPorts extends NodePorts {
  readonly name: string;
  readonly machine: LedgerMachine;
  readonly blocks: LedgerBlocks;
  readonly appends: LedgerAppends;
  readonly signer: Signer;
  readonly values: StoredValues;
  readonly enders: Set<(error: Error) => void>;
}

/** One ledger as its users see it. */
export class NodeLedger implements Ledger<unknown, unknown> {
  readonly name: string;
  private readonly ports: NodeLedgerPorts;
  /** Called whenever something has become final, or will not. */
  private readonly lookers = new Set<() => void>();
  /** Final blocks are told when they are durable. */
  private finalCount: number;
  private finalOrderIndex: number;
  private isClosed = false;

  constructor(ports: NodeLedgerPorts) {
    this.ports = ports;
    this.name = ports.name;
    const { blocks } = ports;
    this.finalCount = blocks.height;
    this.finalOrderIndex = blocks.verified?.head.header.lastOrderIndex ?? 0;
  }

  async append(value: unknown, options: LedgerAppendOptions = {}): Promise<LedgerReceipt> {
    const bytes = this.ports.values.write(value, () => `an entry of ledger ${this.name}`);
    return await this.appendBytes("data", bytes, options);
  }

  block(which: number | string): LedgerBlock<unknown> | undefined {
    const number = typeof which === "number" ? which : this.numberOfHash(which);
    const block = number === undefined ? undefined : this.blockAt(number);
    return block === undefined ? undefined : blockView(block, this.ports.values);
  }

  entry(index: number): LedgerEntry<unknown> | undefined {
    const number = this.ports.blocks.numberOf(index);
    const block = number === undefined ? undefined : this.block(number);
    return block?.entries.find((entry) => entry.index === index);
  }

  async *blocks({
    from = 0,
    signal,
  }: LedgerRange = {}): AsyncIterableIterator<LedgerBlock<unknown>> {
    for (let number = from; signal?.aborted !== true; number += 1) {
      const block = this.block(number);
      if (block === undefined) return;
      yield block;
    }
  }

  async *follow({
    from = 0,
    signal,
  }: LedgerRange = {}): AsyncIterableIterator<LedgerBlock<unknown>> {
    for (let number = from; signal?.aborted !== true; number += 1) {
      if (number >= this.finalCount) await this.untilBlock(number, signal);
      const block = this.isClosed ? undefined : this.block(number);
      if (block === undefined) return;
      yield block;
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<LedgerBlock<unknown>> {
    return this.follow();
  }

  prove(entry: number | { readonly index: number }): LedgerProofJson {
    const index = typeof entry === "number" ? entry : entry.index;
    const { blocks, machine } = this.ports;
    const number = blocks.numberOf(index);
    const block = number === undefined ? undefined : this.blockAt(number);
    if (block !== undefined && index >= block.header.firstOrderIndex) {
      const configurations = machine.configurationNumbers
        .filter((one) => one === 0 || one < block.header.number)
        .flatMap((one) => this.blockAt(one) ?? []);
      const place = index - block.header.firstOrderIndex;
      const proof = proveEvent(nodeLedgerCrypto, block, place, configurations);
      if (proof !== undefined) return proofToJson(proof);
    }
    const detail = `no final block of ledger ${this.name} here has entry ${index} yet`;
    throw new HearsayError("STATE_UNKNOWN", detail);
  }

  async verify(): Promise<LedgerVerdict> {
    const verification = new BlocksVerification(this.ports.machine.chainId);
    for (let number = 0; number < this.finalCount; number += 1) {
      const bytes = this.ports.blocks.blockAt(number);
      if (bytes === undefined) verification.fail("E_FORMAT", "it cannot be read");
      else verification.takeBytes(bytes);
      if (verification.verdict.status !== "valid") break;
      if (number % TURN_COUNT === TURN_COUNT - 1) await this.turn();
    }
    const { verdict } = verification;
    const isForked = this.ports.machine.halted?.reason === "fork";
    return verdict.status === "valid" && isForked ? { ...verdict, status: "fork" } : verdict;
  }

  treeHead(size = this.finalCount): LedgerTreeHead {
    const chainId = this.ports.machine.chainId;
    if (chainId === undefined || size > this.finalCount) throw this.tooShort(size);
    return {
      chainId: encodeHex(chainId),
      size,
      root: encodeHex(this.ports.machine.tree.root(size)),
    };
  }

  consistency(before: number, size = this.finalCount): readonly string[] {
    if (size > this.finalCount || before > size) throw this.tooShort(size);
    return this.ports.machine.tree.consistency(before, size).map(encodeHex);
  }

  async *export({
    from = 0,
    signal,
    to = Number.MAX_SAFE_INTEGER,
  }: LedgerRange & { readonly to?: number } = {}): AsyncIterableIterator<string> {
    // Who signed before stands in these, without which later blocks cannot be verified.
    const { configurationNumbers } = this.ports.machine;
    for (const number of configurationNumbers.filter((one) => one < from)) {
      const block = this.blockAt(number);
      if (block !== undefined) yield `${exportLine(nodeLedgerCrypto, block)}\n`;
    }
    for (let number = from; number <= to && signal?.aborted !== true; number += 1) {
      const block = this.blockAt(number);
      if (block === undefined) return;
      yield `${exportLine(nodeLedgerCrypto, block)}\n`;
      if (number % TURN_COUNT === TURN_COUNT - 1) await this.turn();
    }
  }

  proveKey(): LedgerKeyProof {
    const { machine, signer } = this.ports;
    const { chainId, head } = machine;
    if (chainId === undefined || head === undefined) throw this.tooShort(1);
    const signerEpoch = head.configuration.signerEpoch + 1;
    const message = possessionMessage(chainId, signerEpoch, signer.publicKey);
    const proof = encodeHex(signer.sign(message));
    return { publicKey: encodeHex(signer.publicKey), signerEpoch, proof };
  }

  async changeSigners(
    change: LedgerSignerChange,
    options: LedgerAppendOptions = {},
  ): Promise<LedgerReceipt> {
    const { chainId, head } = this.ports.machine;
    if (chainId === undefined || head === undefined) throw this.tooShort(1);
    const wallMs = this.ports.wallClock();
    const bytes = changeBytes({ chainId, current: head.configuration, wallMs }, change);
    const receipt = await this.appendBytes("configuration", bytes, options);
    if (receipt.block === undefined || this.entry(receipt.index)?.kind === "configuration") {
      return receipt;
    }
    // It stands there as some bytes, for the signers it was made for are not those any more.
    const what = `ledger ${this.name} got another change of signers first`;
    throw new HearsayError("ORDER_REFUSED", `${what}; look who signs now, and change that`);
  }

  async ready(options: WaitOptions = {}): Promise<void> {
    this.ports.checkRunning();
    const what = `ledger ${this.name} to begin: its signers must have opened it`;
    await this.until(() => this.finalCount > 0, what, options);
  }

  status(): LedgerReport {
    const { machine, signer } = this.ports;
    const { chainId, halted, head, waiting } = machine;
    const configuration = head?.configuration;
    const state = this.isClosed ? "stopped" : halted === undefined ? "running" : "halted";
    return Object.freeze({
      name: this.name,
      state: state === "running" && head === undefined ? "founding" : state,
      chainId: chainId === undefined ? undefined : encodeHex(chainId),
      height: this.finalCount,
      head: head === undefined ? undefined : encodeHex(head.hash),
      finalIndex: this.finalOrderIndex,
      pendingCount: waiting.pendingCount,
      signerEpoch: configuration?.signerEpoch,
      threshold: configuration?.threshold,
      signers: (configuration?.signers ?? []).map(({ keyId, publicKey }) => {
        return { keyId: encodeHex(keyId), publicKey: encodeHex(publicKey) };
      }),
      keyId: encodeHex(signer.keyId),
      isSigning: machine.isSigning(),
      halted: halted && { reason: halted.reason, block: halted.number },
    });
  }

  /** A block is final, and durable here. */
  onFinal({ header }: Block): void {
    this.finalCount = header.number + 1;
    this.finalOrderIndex = header.lastOrderIndex;
    this.look();
  }

  /** Those who wait look again. */
  look(): void {
    for (const looker of [...this.lookers]) looker();
  }

  close(): void {
    this.isClosed = true;
    this.look();
  }

  private async appendBytes(
    kind: EventKind,
    data: Uint8Array,
    options: LedgerAppendOptions,
  ): Promise<LedgerReceipt> {
    const { appends, now } = this.ports;
    const { signal, timeoutMs = WAIT_MS, wait = "final" } = options;
    this.checkOpen();
    const untilMs = now() + timeoutMs;
    const left = (): WaitOptions => {
      return { timeoutMs: Math.max(1, untilMs - now()), ...(signal && { signal }) };
    };
    await this.ready(left());
    this.checkOpen();
    const { dot, durable, index } = await appends.append(orderedBytes(kind, data), left());
    if (wait === "ordered") return { dot, durable, index, block: undefined };
    const what = `entry ${index} of ledger ${this.name} to be in a final block; it is ordered`;
    // An order that was begun anew under an old chain gives places that are taken.
    const isFinal = (): boolean => {
      return this.finalOrderIndex >= index && this.ports.machine.hasEvent(dot);
    };
    await this.until(isFinal, what, left());
    return { dot, durable, index, block: this.ports.blocks.numberOf(index) };
  }

  private until(isDone: () => boolean, what: string, options: WaitOptions): Promise<void> {
    const { enders, timers } = this.ports;
    return waitFor<void>({
      ...options,
      enders,
      timers,
      what,
      begin: (outcome) => {
        const looker = (): void => {
          if (isDone()) outcome.resolve();
          else if (this.ports.machine.halted !== undefined) outcome.reject(this.haltedError());
        };
        this.lookers.add(looker);
        looker();
        return () => this.lookers.delete(looker);
      },
    });
  }

  /** Until the block is there, or nothing more will come. */
  private untilBlock(number: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.lookers.delete(looker);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const looker = (): void => {
        if (this.isClosed || number < this.finalCount) end();
      };
      this.lookers.add(looker);
      signal?.addEventListener("abort", end, { once: true });
      looker();
    });
  }

  private checkOpen(): void {
    this.ports.checkRunning();
    if (this.ports.machine.halted !== undefined) throw this.haltedError();
  }

  private haltedError(): HearsayError {
    const { number = 0, reason = "fork" } = this.ports.machine.halted ?? {};
    const what = `ledger ${this.name} has stopped at block ${number} (${reason})`;
    const fix = "what is there can be read; see docs/ledger.md on forks";
    return new HearsayError("LEDGER_HALTED", `${what}; ${fix}`);
  }

  private blockAt(number: number): Block | undefined {
    if (!Number.isSafeInteger(number) || number >= this.finalCount) return undefined;
    const bytes = this.ports.blocks.blockAt(number);
    return bytes === undefined ? undefined : decodeBlock(bytes);
  }

  /** From the last one on, for that is what people ask for. */
  private numberOfHash(text: string): number | undefined {
    const hash = decodeHex(text);
    if (hash === undefined) return undefined;
    for (let number = this.finalCount - 1; number >= 0; number -= 1) {
      const known = this.ports.blocks.hashAt(number);
      if (known !== undefined && encodeHex(known) === text) return number;
    }
    return undefined;
  }

  private tooShort(size: number): HearsayError {
    const detail = `ledger ${this.name} has ${this.finalCount} final blocks here, not ${size}`;
    return new HearsayError("STATE_UNKNOWN", detail);
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => this.ports.timers.startTimer(() => resolve(), 0));
  }
}
