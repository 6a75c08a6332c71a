import type { SwimIdentity } from "./swim.contract.ts";
import type { PingMessage } from "./swim.messages.ts";

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
