import { encodeChange, encodeConfiguration } from "./configuration.ts";
import { noHash } from "./header.ts";
import type { Block, LedgerConfiguration, LedgerCrypto, LedgerEvent } from "./ledger.contract.ts";
import { encodeEvent } from "./ledger-event.ts";
import { MerkleHasher } from "./merkle.ts";

/** The event that a chain begins with; nobody wrote it. */
export function genesisEvent(configuration: LedgerConfiguration): LedgerEvent {
  const data = encodeChange({ bytes: encodeConfiguration(configuration), proofs: [] });
  const nobody = { origin: "", boot: 0, seq: 0, clock: [] };
  return { kind: "configuration", ...nobody, time: configuration.time, data };
}

/** The same on every node that has the configuration: nobody need sign it. */
export function genesisBlock(crypt: LedgerCrypto, configuration: LedgerConfiguration): Block {
  const event = encodeEvent(crypt, genesisEvent(configuration));
  const hasher = new MerkleHasher(crypt);
  const header = {
    chainId: crypt.sha256(encodeConfiguration(configuration)),
    number: 0,
    previousHash: noHash,
    eventsRoot: hasher.root([hasher.leaf(event)]),
    eventCount: 1,
    firstOrderIndex: 0,
    lastOrderIndex: 0,
    time: configuration.time,
    signerEpoch: configuration.signerEpoch,
  };
  return { header, events: [event], signatures: [] };
}
