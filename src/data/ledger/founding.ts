import type { Env } from "../../core/env.ts";
import { compareBytes } from "../../core/text.ts";
import { BLOCK_MAX_BYTES, EVENT_MAX_BYTES, EVENTS_MAX_COUNT } from "./block.ts";
import { decodeChange, encodeConfiguration } from "./configuration.ts";
import type { Block, LedgerConfiguration, LedgerCrypto, Signer } from "./ledger.contract.ts";
import type { LedgerMessage, LedgerTimer } from "./ledger.messages.ts";
import { decodeEvent } from "./ledger-event.ts";
import { encodeNote } from "./notes.ts";
import { ledgerTime } from "./order-intake.ts";

/** Clocks of signers may differ by so much. [spec ledger §5] */
const SKEW_MAX_MS = 500;

export interface FoundingPorts {
  readonly env: Env<LedgerMessage, LedgerTimer>;
  readonly name: string;
  readonly chainName: string;
  readonly crypt: LedgerCrypto;
  readonly signer?: Signer | undefined;
  /** That the order has told of. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly order: {
    isLeader(): boolean;
    founders(): readonly string[] | undefined;
    note(bytes: Uint8Array): void;
  };
}

/**
 * How a chain begins that nobody has made by hand: each founder says its key in the order, and the
 * leader proposes the configuration of all. The first one that is sound counts, so all nodes begin
 * alike. Who trusts the group trusts the chain; its id can be given to others out of band.
 */
export class Founding {
  private readonly ports: FoundingPorts;

  constructor(ports: FoundingPorts) {
    this.ports = ports;
  }

  /** Says what the order lacks, again and again until it is there. */
  consider(): void {
    const { keys, name, order, signer } = this.ports;
    const founders = order.founders();
    if (founders === undefined || founders.length === 0) return;
    if (signer !== undefined && founders.includes(name) && !keys.has(name)) {
      order.note(encodeNote({ kind: "key", name, publicKey: signer.publicKey }));
    }
    const all = founders.map((founder) => keys.get(founder)).filter((key) => key !== undefined);
    if (all.length < founders.length || !order.isLeader()) return;
    const configuration = encodeConfiguration(this.configurationOf(all));
    order.note(encodeNote({ kind: "genesis", configuration }));
  }

  configurationIn({ events: [bytes] }: Block): LedgerConfiguration | undefined {
    const event = bytes === undefined ? undefined : decodeEvent(this.ports.crypt, bytes);
    return event === undefined ? undefined : decodeChange(event.data)?.configuration;
  }

  private configurationOf(publicKeys: readonly Uint8Array[]): LedgerConfiguration {
    const { chainName, crypt, env } = this.ports;
    const signers = publicKeys.map((publicKey) => ({ keyId: crypt.sha256(publicKey), publicKey }));
    signers.sort((one, other) => compareBytes(one.keyId, other.keyId));
    return {
      chainName,
      signerEpoch: 0,
      // In the crash model a majority. [spec ledger §4]
      threshold: Math.floor(signers.length / 2) + 1,
      signers,
      maxSkewMs: SKEW_MAX_MS,
      eventsMaxCount: EVENTS_MAX_COUNT,
      blockMaxBytes: BLOCK_MAX_BYTES,
      eventMaxBytes: EVENT_MAX_BYTES,
      time: ledgerTime(env.wallClock(), 0),
    };
  }
}
