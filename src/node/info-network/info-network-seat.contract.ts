import type { InfoValues } from "../infos/info-values.ts";
import type { InfosBacking, InfosReader } from "../infos/infos-backing.contract.ts";
import type { NodePorts } from "../node-ports.ts";
import type { InfoNetworkApi } from "./info-network.api.ts";

/** What the info network needs of its node. */
export type InfoNetworkPorts = Pick<NodePorts, "checkRunning" | "count">;

/** A node's part in the info network as the node knows it: nothing here speaks of gRPC. */
export interface InfoNetworkSeat extends InfoNetworkApi {
  /** How `node.infos` reads and writes values. */
  readonly values: Pick<InfoValues, "encode" | "read">;
  /** The node's stack stands: from now on this looks for others. */
  open(ports: InfoNetworkPorts): void;
  /** For `node.infos`. */
  backing(reader: InfosReader): InfosBacking;
  metrics(): Readonly<Record<string, number>>;
  /** Says goodbye on all streams; resolves when the port is free. */
  stop(): Promise<void>;
}
