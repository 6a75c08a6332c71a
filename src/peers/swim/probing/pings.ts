import type { Address } from "../../../core/address.ts";
import { addressFromBytes } from "../../../core/ip.ts";
import type { SwimIdentity } from "../swim.contract.ts";
import type { PingMessage, SourceFields } from "../swim.messages.ts";

/** A ping of ours for `node`, saying where its ack shall go. */
export function pingFor(identity: SwimIdentity, node: string, seqNo: number): PingMessage {
  return {
    kind: "ping",
    seqNo,
    node,
    sourceAddr: identity.addr,
    sourcePort: identity.port,
    sourceNode: identity.name,
  };
}

/** Where an answer goes: what the asker says of itself, or where the packet came from. */
export function sourceOf(fields: SourceFields, from: Address): Address {
  if (fields.sourceAddr.length === 0 || fields.sourcePort === 0) return from;
  return addressFromBytes(fields.sourceAddr, fields.sourcePort) ?? from;
}
