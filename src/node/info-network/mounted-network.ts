import type { Protocol } from "../../core/protocol.ts";
import type { InfoNetworkTimer } from "../../data/info-network/info-network.contract.ts";
import type { InfoNetwork } from "../../data/info-network/info-network.ts";

/** The machine as a host knows protocols: it has timers, and its messages come by streams. */
export class MountedNetwork implements Protocol<never, InfoNetworkTimer> {
  readonly network: InfoNetwork;

  constructor(network: InfoNetwork) {
    this.network = network;
  }

  start(): void {
    this.network.start();
  }

  stop(): void {
    this.network.stop();
  }

  onMessage(): void {}

  onTimer(timer: InfoNetworkTimer): void {
    this.network.onTimer(timer);
  }
}
