import type { SwimMessage } from "../../peers/swim/swim.messages.ts";
import { swimSizes } from "../../peers/swim/wire/swim-sizes.wire.ts";

/** How long a message of a simulated node would be on the wire. All that nodes send is SWIM's. */
export function packetBytes(message: unknown): number {
  return swimSizes.byteLength(message as SwimMessage);
}
