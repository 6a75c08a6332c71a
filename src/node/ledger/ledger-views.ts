import { encodeHex } from "../../core/hex.ts";
import { makeOrigin } from "../../core/peer.ts";
import { headerHash } from "../../data/ledger/header.ts";
import type { Block, LedgerEvent, LedgerTime } from "../../data/ledger/ledger.contract.ts";
import { decodeEvent } from "../../data/ledger/ledger-event.ts";
import type { StoredValues } from "../versions/stored-values.ts";
import type { LedgerBlock, LedgerEntry } from "./ledger.api.ts";
import { nodeLedgerCrypto } from "./node-crypto.ts";

const NANOSECONDS = 1_000_000n;

/** A block as users see it. */
export function blockView(block: Block, values: StoredValues): LedgerBlock<unknown> {
  const { events, header, signatures } = block;
  return Object.freeze({
    number: header.number,
    hash: encodeHex(headerHash(nodeLedgerCrypto, header)),
    previousHash: encodeHex(header.previousHash),
    eventsRoot: encodeHex(header.eventsRoot),
    chainId: encodeHex(header.chainId),
    firstIndex: header.firstOrderIndex,
    lastIndex: header.lastOrderIndex,
    clock: clockOf(header.time),
    signerEpoch: header.signerEpoch,
    signers: signatures.map(({ keyId }) => encodeHex(keyId)),
    entries: events.flatMap((bytes, place) => {
      const event = decodeEvent(nodeLedgerCrypto, bytes);
      if (event === undefined) return [];
      return [entryView(event, header.firstOrderIndex + place, values)];
    }),
  });
}

export function entryView(
  event: LedgerEvent,
  index: number,
  values: StoredValues,
): LedgerEntry<unknown> {
  const { boot, kind, origin, seq, time } = event;
  return {
    index,
    kind,
    value: kind === "data" ? valueIn(event, values) : undefined,
    dot: { origin: makeOrigin(origin, boot), seq },
    from: origin,
    clock: clockOf(time),
  };
}

function valueIn({ data }: LedgerEvent, values: StoredValues): unknown {
  const reading = values.read(data);
  return reading.kind === "value" ? reading.value : undefined;
}

function clockOf({ logical, wall }: LedgerTime) {
  return { ms: Number(wall / NANOSECONDS), counter: logical };
}
