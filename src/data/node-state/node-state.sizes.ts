import { type Origin, parseOrigin } from "../../core/peer.ts";
import { utf8ByteLength } from "../../core/text.ts";
import { varintByteLength } from "../../core/varint.ts";
import type { Digest, StateDigest, StateEntry } from "./node-state.messages.ts";

/*
 * What messages take in bytes, as node-state.wire.ts writes them: Scuttlebutt must know whether an
 * entry fits before it puts it into a delta. The parts of a message only add up, so that each can
 * be counted alone.
 */

/** Kind of the message. */
export const MESSAGE_HEAD_BYTES = 1;

export function textBytes(text: string): number {
  const bytes = utf8ByteLength(text);
  return varintByteLength(bytes) + bytes;
}

export function originBytes(origin: Origin): number {
  const { boot, name } = parseOrigin(origin) ?? { boot: 0, name: origin };
  return textBytes(name) + varintByteLength(boot);
}

/** Extent, whether there is flow, and how many states there are. */
export function digestHeadBytes({ flow, states }: Digest): number {
  const flowBytes =
    flow === undefined
      ? 0
      : varintByteLength(thousandths(flow.limitPerSecond)) +
        varintByteLength(thousandths(flow.demandPerSecond));
  return 1 + flowBytes + varintByteLength(states.length);
}

export function stateDigestBytes(state: StateDigest): number {
  const { gcVersion, heartbeat, maxVersion, origin } = state;
  const numbers =
    varintByteLength(heartbeat) + varintByteLength(gcVersion) + varintByteLength(maxVersion);
  return originBytes(origin) + numbers;
}

export function digestBytes(digest: Digest): number {
  let bytes = digestHeadBytes(digest);
  for (const state of digest.states) bytes += stateDigestBytes(state);
  return bytes;
}

/** Whose state follows, from where on, and what of it was collected. */
export function deltaHeadBytes(origin: Origin, from: number, gcVersion: number): number {
  return 1 + originBytes(origin) + varintByteLength(from) + varintByteLength(gcVersion);
}

/** `previous` is the version before it in the same delta. */
export function entryOpBytes({ key, value, version }: StateEntry, previous: number): number {
  const head = 2 + varintByteLength(version - previous) + textBytes(key);
  return head + varintByteLength(value.length) + value.length;
}

/** `previous` is the last version in the same delta. */
export function maxOpBytes(maxVersion: number, previous: number): number {
  return 1 + varintByteLength(maxVersion - previous);
}

/** Rates travel so. */
export function thousandths(perSecond: number): number {
  return Math.round(perSecond * 1_000);
}
