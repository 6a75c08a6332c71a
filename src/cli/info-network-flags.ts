import type { Command } from "commander";
import type { NodeOptions } from "../agent/node.ts";
import { HearsayError } from "../core/errors.ts";
import { collect, wholeNumber } from "./command.ts";

export interface InfoNetworkFlags {
  readonly infoListen?: string;
  readonly infoAdvertise?: string;
  readonly infoId?: number;
  readonly infoCluster?: string;
  readonly infoResolver?: readonly string[];
}

const NODE_ID_MAX = 2 ** 31 - 1;

/** How an agent takes part in an info network. */
export function addInfoNetworkOptions(command: Command): void {
  command
    .option("--info-listen <host:port>", "let infos travel by gRPC: where its server listens")
    .option("--info-advertise <host:port>", "… where others dial it (default: where it listens)")
    .option("--info-id <n>", "… this node's id in the info network", wholeNumber(1, NODE_ID_MAX))
    .option("--info-cluster <uuid>", "… id of the network (default: that of whoever is dialled)")
    .option("--info-resolver <host:port>", "… a node to ask first (repeatable)", collect);
}

/** @throws HearsayError USAGE */
export function infosOf(flags: InfoNetworkFlags): Pick<NodeOptions, "infos"> {
  const { infoAdvertise, infoCluster, infoId, infoListen, infoResolver = [] } = flags;
  if (infoListen === undefined) {
    const isHalf = [infoAdvertise, infoCluster, infoId].some((flag) => flag !== undefined);
    if (!isHalf && infoResolver.length === 0) return {};
    throw new HearsayError("USAGE", "Say where gRPC listens too: --info-listen HOST:PORT.");
  }
  if (infoId === undefined) {
    throw new HearsayError("USAGE", "Say which id this node has in the info network: --info-id N.");
  }
  const infos = {
    via: "grpc",
    nodeId: infoId,
    listen: infoListen,
    resolvers: infoResolver,
    // Values of the command line are JSON, and others may read them.
    codec: "json",
    ...(infoAdvertise !== undefined && { advertise: infoAdvertise }),
    ...(infoCluster !== undefined && { clusterId: infoCluster }),
  } as const;
  return { infos };
}
