import type { SwimMessage } from "../swim.messages.ts";

/**
 * Hears what each message takes up in packets, as they are written and read: `onPacketBegun`, each
 * message with the bytes it has before compression, then the whole packet with all that is around.
 */
export interface PacketMeter {
  onPacketBegun(): void;
  onWritten(message: SwimMessage, bytesCount: number): void;
  onPacketWritten(bytesCount: number): void;
  onRead(message: SwimMessage, bytesCount: number): void;
  /** Whether or not any message was found in it. */
  onPacketRead(bytesCount: number): void;
}
