import type { SwimMessage } from "../../peers/swim/swim.messages.ts";
import { PacketCodec } from "../../peers/swim/wire/packet.wire.ts";
import { StreamCodec, type StreamRole } from "../../peers/swim/wire/stream.wire.ts";
import type { SimVia } from "../simulator.ts";

/** Above what any simulation holds; a table with more is a mistake. */
const NODES_MAX_COUNT = 1_048_576;

/**
 * A `transcode` for the simulator: every message becomes bytes and is read back, as between real
 * nodes. What its own codec refuses ends the run: that is a bug, not a fault.
 */
export function overTheWire(): (message: unknown, via: SimVia) => unknown {
  const common = {
    label: "",
    keyring: undefined,
    verifyIncoming: true,
    verifyOutgoing: true,
    compression: "off",
  } as const;
  const packets = new PacketCodec(common);
  const streams = new StreamCodec({ ...common, nodesMaxCount: NODES_MAX_COUNT });
  const overStream = (bytes: Uint8Array, role: StreamRole): unknown => {
    const outcome = streams.decoder(role).feed(bytes);
    if (outcome.kind === "message") return outcome.message;
    throw new Error(`the codec of streams ended in ${outcome.kind} on its own bytes`);
  };
  return (message, via) => {
    // A connection carries bytes already.
    if (via === "link") return message;
    const sent = message as SwimMessage;
    if (via === "request") return overStream(streams.encodeRequest(sent), "acceptor");
    if (via === "reply") return overStream(streams.encodeReply(sent), "dialer");
    const outcome = packets.decode(packets.encode(sent));
    if ("drop" in outcome) throw new Error(`the codec dropped its own packet: ${outcome.drop}`);
    return outcome.message;
  };
}
