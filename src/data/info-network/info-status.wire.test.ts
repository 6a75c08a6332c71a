import { fromBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import * as gen from "../../wire/gen/cockroach/gossip/gossip_pb.ts";
import { encodeInfoStatus } from "./info-status.wire.ts";

const stream = {
  nodeId: 2,
  address: "n2:1",
  ageMs: 1_500.25,
  infosSent: 3,
  infosReceived: 4,
  bytesSent: 30,
  bytesReceived: 40,
};
const info = { rawBytes: Uint8Array.of(1), wallTime: 7n, origStamp: 8n, ttlStamp: 9n };

it("tells infos, links of both directions, what they carried, who has dialled whom", () => {
  const bytes = encodeInfoStatus({
    infos: new Map([["k", { ...info, hops: 1, nodeId: 2, peerId: 2 }]]),
    outgoing: [stream],
    incoming: [stream, { ...stream, nodeId: 3, bytesSent: 5 }],
    peersMaxCount: 3,
    refusedCount: 6,
    connectivity: { sentinelNodeId: 1, edges: [{ sourceId: 1, targetId: 2 }] },
    highWaterStamps: new Map([[2, 8n]]),
  });
  const status = fromBinary(gen.InfoStatusSchema, bytes);
  expect(status.infos["k"]).toMatchObject({
    origStamp: 8n,
    hops: 1,
    value: { rawBytes: Uint8Array.of(1) },
  });
  expect(status.client).toMatchObject({
    maxConns: 3,
    connStatus: [
      {
        connStatus: { nodeId: 2, address: "n2:1", ageNanos: 1_500_250_000n },
        metrics: { bytesSent: 30n, bytesReceived: 40n, infosSent: 3n, infosReceived: 4n },
      },
    ],
  });
  expect(status.server).toMatchObject({
    connStatus: [{ nodeId: 2 }, { nodeId: 3 }],
    metrics: { bytesSent: 35n, connsRefused: 6n },
  });
  expect(status.connectivity).toMatchObject({
    sentinelNodeId: 1,
    clientConns: [{ sourceId: 1, targetId: 2 }],
  });
  expect(status.highWaterStamps).toEqual({ 2: 8n });
  expect(status.$unknown ?? []).toEqual([]);
});
