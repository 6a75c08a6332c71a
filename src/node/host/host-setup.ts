import type { PeerId } from "../../core/peer.ts";
import type { Transport } from "../../transport/transport.ts";
import type { StepGate } from "../node-store.ts";
import type { HostLogger, PacketCoder, StreamCoder } from "./coders.ts";
import type { HostOptions } from "./host.options.ts";
import type { StreamMeter } from "./stream-meter.ts";

/** What a real host is made of. */
export interface RealHostSetup {
  readonly self: PeerId;
  /** Of all dice on this node; each channel has its own stream of it. */
  readonly seed: number;
  readonly transport: Transport;
  readonly packets: PacketCoder<unknown>;
  readonly streams: StreamCoder<unknown>;
  /** Hears what exchanges carry. Default: nobody. */
  readonly streamMeter?: StreamMeter<unknown> | undefined;
  readonly logger?: HostLogger;
  /**
   * A protocol threw in a step that no caller waits for: a bug of ours. The host has stopped; the
   * process lives on, so somebody must be told.
   */
  readonly onFatal: (error: Error) => void;
  /** Says what a step's packets and exchanges must wait for. Default: nothing. */
  readonly gate?: StepGate | undefined;
  /** What connections begin with on the wire: label and `48 01`. Default: without a label. */
  readonly connectionPreamble?: Uint8Array | undefined;
  readonly options?: Partial<HostOptions>;
}
