import { HearsayError } from "../../core/errors.ts";
import { isLoopback, isWildcard, parsePlace, resolvePlace } from "../address-text.ts";
import type { Logger } from "../api.ts";
import { BootstrapFile } from "./bootstrap-file.ts";
import { type GrpcChoice, grpcChoice } from "./grpc-choice.ts";
import { grpcSetup } from "./grpc-setup.ts";
import { GrpcStreams } from "./grpc-streams.ts";
import type { GrpcInfosChoice } from "./info-network.api.ts";
import { loadGrpc } from "./load-grpc.ts";
import { NetworkValues } from "./network-values.ts";
import { NodeInfoNetwork } from "./node-info-network.ts";

/**
 * Loads gRPC and listens. Whoever calls this must stop what it resolves to.
 * @throws HearsayError CONFIG_OPTION, ADDRESS_INVALID, ADVERTISE_INVALID, BIND_FAILED,
 *   PACKAGE_MISSING
 */
export async function openInfoNetwork(
  given: GrpcInfosChoice,
  { dataDir, logger }: { readonly dataDir: string | undefined; readonly logger: Logger },
): Promise<NodeInfoNetwork> {
  const choice = grpcChoice(given);
  const values = new NetworkValues(given);
  const [listen] = await resolvePlace(parsePlace(choice.listen, "infos.listen"));
  if (listen === undefined) {
    throw new HearsayError("ADDRESS_INVALID", `infos.listen: ${choice.listen} is no address`);
  }
  if (isWildcard(listen.host) && choice.advertise === undefined) {
    const fix = 'give infos.advertise: "host:port", where others can dial this node';
    throw new HearsayError("ADVERTISE_INVALID", `infos.listen is ${listen.host}; ${fix}.`);
  }
  const streams = new GrpcStreams(grpcSetup(await loadGrpc(), choice.grpc, choice));
  const bound = await streams.listen(listen);
  if (choice.tls === undefined && !isLoopback(bound.host)) warnInClear(logger, choice);
  const storage = dataDir === undefined ? undefined : new BootstrapFile(dataDir, logger);
  return new NodeInfoNetwork({ choice, streams, values, bound, storage, logger });
}

function warnInClear(logger: Logger, { listen }: GrpcChoice): void {
  logger.warn(
    `info network: ${listen} without infos.tls: whoever reaches this port can read and forge ` +
      "all infos",
  );
}
