/**
 * A node's status as protobuf `cockroach.gossip.InfoStatus`, for the tools of others. Source:
 * proto/cockroach/gossip/gossip.proto, spec infostore §10.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import * as gen from "../../wire/gen/cockroach/gossip/gossip_pb.ts";
import type { Connectivity, StreamStatus } from "./info-network.contract.ts";
import type { HighWaterStamps, InfoMap } from "./info-network.messages.ts";
import { writeInfoMap } from "./info-network.wire.ts";

const INFOS_FIELD = 1;
const NANOS_A_MS = 1e6;

export interface MeasuredStream extends Omit<StreamStatus, "stream"> {
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface MeasuredStatus {
  readonly infos: InfoMap;
  readonly outgoing: readonly MeasuredStream[];
  readonly incoming: readonly MeasuredStream[];
  readonly peersMaxCount: number;
  readonly refusedCount: number;
  readonly connectivity: Connectivity;
  readonly highWaterStamps: HighWaterStamps;
}

export function encodeInfoStatus(status: MeasuredStatus): Uint8Array {
  const { connectivity, highWaterStamps, incoming, outgoing, peersMaxCount: maxConns } = status;
  const connStatus = outgoing.map((one) => ({
    connStatus: connOf(one),
    metrics: metricsOf([one]),
  }));
  const metrics = { ...metricsOf(incoming), connsRefused: BigInt(status.refusedCount) };
  const rest = create(gen.InfoStatusSchema, {
    client: { connStatus, maxConns },
    server: { connStatus: incoming.map(connOf), maxConns, metrics },
    connectivity: {
      sentinelNodeId: connectivity.sentinelNodeId,
      clientConns: connectivity.edges.map((edge) => ({ ...edge })),
    },
    highWaterStamps: Object.fromEntries(highWaterStamps),
  });
  // Parts of a message behind each other are that message. Keys of infos may be any text.
  const writer = new BinaryWriter();
  writeInfoMap(writer, INFOS_FIELD, status.infos);
  return writer.raw(toBinary(gen.InfoStatusSchema, rest)).finish();
}

function connOf({ address, ageMs, nodeId }: MeasuredStream) {
  return { nodeId, address, ageNanos: BigInt(Math.round(ageMs * NANOS_A_MS)) };
}

function metricsOf(streams: readonly MeasuredStream[]) {
  const sum = (of: (one: MeasuredStream) => number): bigint => {
    return BigInt(streams.reduce((all, one) => all + of(one), 0));
  };
  return {
    bytesReceived: sum((one) => one.bytesReceived),
    bytesSent: sum((one) => one.bytesSent),
    infosReceived: sum((one) => one.infosReceived),
    infosSent: sum((one) => one.infosSent),
  };
}
