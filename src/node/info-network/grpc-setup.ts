import type { ChannelCredentials, ChannelOptions, ServerCredentials } from "@grpc/grpc-js";
import { HearsayError } from "../../core/errors.ts";
import { errorText } from "../error-text.ts";
import type { GrpcOptions } from "./grpc.options.ts";
import type { InfosTls } from "./info-network.api.ts";
import type { Grpc } from "./load-grpc.ts";

/** Of service and method alike. */
export const GOSSIP_METHOD = "Gossip";

const PACKAGE_NAME = /^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)*$/;

/** All that streams need of gRPC. */
export interface GrpcSetup {
  readonly grpc: Grpc;
  readonly options: GrpcOptions;
  /** Of the one method: /PACKAGE.Gossip/Gossip. */
  readonly path: string;
  readonly channelOptions: ChannelOptions;
  readonly credentials: { readonly client: ChannelCredentials; readonly server: ServerCredentials };
}

/** @throws HearsayError CONFIG_OPTION */
export function grpcSetup(
  grpc: Grpc,
  options: GrpcOptions,
  { packageName, tls }: { readonly packageName: string; readonly tls?: InfosTls | undefined },
): GrpcSetup {
  if (!PACKAGE_NAME.test(packageName)) {
    const rule = "the name of a protobuf package, such as cockroach.gossip";
    throw new HearsayError("CONFIG_OPTION", `infos.packageName must be ${rule}.`);
  }
  const path = `/${packageName}.${GOSSIP_METHOD}/${GOSSIP_METHOD}`;
  const channelOptions = channelOptionsOf(options, tls);
  return { grpc, options, path, channelOptions, credentials: credentialsOf(grpc, tls) };
}

function channelOptionsOf(options: GrpcOptions, tls: InfosTls | undefined): ChannelOptions {
  const { keepaliveIntervalMs, keepaliveTimeoutMs, messageMaxBytes } = options;
  const common = {
    "grpc.max_receive_message_length": messageMaxBytes,
    "grpc.max_send_message_length": messageMaxBytes,
    "grpc.keepalive_time_ms": keepaliveIntervalMs,
    "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    // A dial's connection ends with its stream, and nothing is tried again behind our back.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_http_proxy": 0,
    "grpc.enable_channelz": 0,
  };
  const { serverName } = tls ?? {};
  return serverName === undefined
    ? common
    : { ...common, "grpc.ssl_target_name_override": serverName };
}

function credentialsOf(grpc: Grpc, tls: InfosTls | undefined): GrpcSetup["credentials"] {
  const { credentials, ServerCredentials } = grpc;
  if (tls === undefined) {
    return { client: credentials.createInsecure(), server: ServerCredentials.createInsecure() };
  }
  try {
    const ca = Buffer.from(tls.ca);
    const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) };
    return {
      client: credentials.createSsl(ca, pair.private_key, pair.cert_chain),
      server: ServerCredentials.createSsl(ca, [pair], true),
    };
  } catch (error) {
    const detail = `infos.tls needs ca, cert and key as PEM texts (${errorText(error)})`;
    throw new HearsayError("CONFIG_OPTION", detail, { cause: error });
  }
}
