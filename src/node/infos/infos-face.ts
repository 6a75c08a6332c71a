import { HearsayError } from "../../core/errors.ts";
import { infoDefaults } from "../../data/info/info.options.ts";
import type { InfoNetworkApi } from "../api.ts";
import { type DataFace, type FaceParts, replicaPorts } from "../data-face.ts";
import type { SpreadWay } from "../stack/spreads.ts";
import { GossipInfos } from "./gossip-infos.ts";
import { InfoValues } from "./info-values.ts";
import type { InfosReader } from "./infos-backing.contract.ts";
import { INFOS_REPLICA } from "./infos-replica.ts";
import { NodeInfos } from "./node-infos.ts";

/** Infos, by gossip or by gRPC as the user chose. */
export class InfosFace implements DataFace {
  readonly infos: NodeInfos;
  private readonly parts: FaceParts;

  /** @throws HearsayError CONFIG_OPTION */
  constructor(parts: FaceParts) {
    this.parts = parts;
    this.infos = parts.infos?.via === "grpc" ? networkInfos(parts) : gossipInfos(parts);
  }

  /** @throws HearsayError CONFIG_OPTION where infos travel by gossip */
  get network(): InfoNetworkApi {
    const { infoNetwork } = this.parts;
    if (infoNetwork !== undefined) return infoNetwork;
    const fix = 'start the node with infos: { via: "grpc", nodeId, listen, … } to have one';
    throw new HearsayError("CONFIG_OPTION", `infos travel by gossip here; ${fix}.`);
  }

  open(): void {
    const { infoNetwork, infos, ports } = this.parts;
    infoNetwork?.open(ports);
    if (infos !== undefined) this.infos.open();
  }

  /** Of infos by gRPC this node's share in those of others by gossip is none. */
  onUnknownReplica(_way: SpreadWay, name: string): boolean {
    if (name !== INFOS_REPLICA) return false;
    if (this.parts.infoNetwork === undefined) this.infos.open();
    return true;
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.infos.metrics(), ...this.parts.infoNetwork?.metrics() };
  }

  close(): void {
    this.infos.close();
  }
}

function gossipInfos(parts: FaceParts): NodeInfos {
  const ports = replicaPorts(parts);
  const gossip = { ...ports, options: parts.slices.infos ?? infoDefaults };
  const openBacking = (reader: InfosReader) => new GossipInfos(gossip, reader);
  return new NodeInfos({ ...ports, values: new InfoValues(parts.infos ?? {}), openBacking });
}

/** @throws HearsayError CONFIG_OPTION */
function networkInfos(parts: FaceParts): NodeInfos {
  const { infoNetwork } = parts;
  if (infoNetwork === undefined) {
    const rule = "needs sockets, and this host has none of its own: leave infos.via out";
    throw new HearsayError("CONFIG_OPTION", `infos.via "grpc" ${rule}.`);
  }
  const { values } = infoNetwork;
  const openBacking = (reader: InfosReader) => infoNetwork.backing(reader);
  return new NodeInfos({ ...replicaPorts(parts), values, openBacking });
}
