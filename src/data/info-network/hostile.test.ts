/** Whatever others send: nothing throws, and every table keeps its bound. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { InfoNetworkTimer } from "./info-network.contract.ts";
import { NO_EXPIRY, type StampedInfo } from "./info-network.messages.ts";
import { type InfoNetworkOptions, infoNetworkDefaults } from "./info-network.options.ts";
import { InfoNetwork } from "./info-network.ts";
import type { InfoStreamId } from "./info-streams.contract.ts";
import { nodeDescriptorCodec } from "./node-descriptor.wire.ts";
import { sealPayload } from "./raw-bytes.ts";

const NOW_MS = 1_700_000_000_000;
const NOW = BigInt(NOW_MS) * 1_000_000n;
const BOUNDS: Partial<InfoNetworkOptions> = {
  keysMaxCount: 20,
  originsMaxCount: 6,
  addressesMaxCount: 10,
  guestsMaxCount: 4,
  totalMaxBytes: 4_000,
};

const nodeId = fc.oneof(
  fc.integer({ min: -2, max: 9 }),
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, -(2 ** 31), 0.5, Number.NaN),
);
const stamp = fc.oneof(
  fc.bigInt({ min: NOW - 1_000n, max: NOW + 1_000n }),
  fc.constantFrom(0n, -1n, 1n, NO_EXPIRY, -NO_EXPIRY, NOW + 3_000_000_000_000n),
);
const address = fc.constantFrom("", "a:1", "b:2", "me:1", "x/y:3", "h:0", "h".repeat(500), "::");
const key = fc.oneof(
  fc.constantFrom("", "sentinel", "cluster-id", "node:2", "node:3", "node:-1", "k".repeat(2_000)),
  fc.string({ maxLength: 3 }),
);
const rawBytes = (name: string) =>
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 20 }).map((payload) => sealPayload(name, payload)),
    fc.tuple(nodeId, address).map(([id, where]) => {
      const descriptor = { nodeId: id | 0, address: { network: "tcp", address: where } };
      return sealPayload(name, nodeDescriptorCodec.encode(descriptor));
    }),
  );
const entry = key.chain((name) =>
  fc
    .record<StampedInfo>({
      rawBytes: rawBytes(name),
      wallTime: stamp,
      origStamp: stamp,
      ttlStamp: stamp,
      hops: fc.constantFrom(0, 1, 7, 0xff_ff_ff_ff, -1, 2.5),
      nodeId,
      peerId: nodeId,
    })
    .map((info) => [name, info] as const),
);
const delta = fc.array(entry, { maxLength: 8 }).map((entries) => new Map(entries));
const highWaterStamps = fc
  .array(fc.tuple(nodeId, stamp), { maxLength: 8 })
  .map((entries) => new Map(entries));
const where = address.map((text) => ({ network: "tcp", address: text }));
const common = { nodeId, address: where, highWaterStamps, delta };
const clusterId = fc.constantFrom(0, 0, 16, 7).map((length) => new Uint8Array(length).fill(length));

const act = fc.oneof(
  fc.record({ kind: fc.constant("accept" as const) }),
  fc.record({
    kind: fc.constant("request" as const),
    request: fc.record({ ...common, clusterId }),
    pick: fc.nat(20),
  }),
  fc.record({
    kind: fc.constant("response" as const),
    response: fc.record(common),
    pick: fc.nat(20),
  }),
  fc.record({
    kind: fc.constant("refer" as const),
    response: fc.record({ ...common, alternate: fc.record({ address: where, nodeId }) }),
    pick: fc.nat(20),
  }),
  fc.record({ kind: fc.constant("end" as const), pick: fc.nat(20) }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(5, 500, 5_000, 70_000) }),
);

function begin() {
  const env = new RecordingEnv<never, InfoNetworkTimer>({ wallClockMs: NOW_MS });
  const accepted: InfoStreamId[] = [];
  const dialled: InfoStreamId[] = [];
  let nextId = 1;
  const takeId = (list: InfoStreamId[]) => {
    const id = nextId as InfoStreamId;
    list.push(id);
    nextId += 1;
    return id;
  };
  const network = new InfoNetwork(
    {
      env,
      wiring: {
        streams: {
          dial: () => takeId(dialled),
          request: () => {},
          respond: () => {},
          isWritable: (id) => id % 5 !== 0,
          end: () => {},
        },
        descriptors: nodeDescriptorCodec,
        counters: { add: () => {} },
        afterStep: (body) => body(),
      },
    },
    {
      nodeId: 1,
      clusterId: new Uint8Array(0),
      address: { network: "tcp", address: "me:1" },
      resolvers: ["a:1", "b:2"],
      life: "later",
    },
    { ...infoNetworkDefaults, ...BOUNDS },
  );
  network.start();
  return { accept: () => takeId(accepted), accepted, dialled, env, network };
}

it("throws nothing and bursts nothing", () => {
  fc.assert(
    fc.property(fc.array(act, { minLength: 5, maxLength: 60 }), (acts) => {
      const { accept, accepted, dialled, env, network } = begin();
      const one = (list: readonly InfoStreamId[], pick: number) =>
        list[pick % Math.max(1, list.length)] ?? (999 as InfoStreamId);
      for (const did of acts) {
        if (did.kind === "accept") network.onAccepted(accept());
        else if (did.kind === "request") {
          network.onRequest(one(accepted, did.pick), did.request);
        } else if (did.kind === "response" || did.kind === "refer") {
          network.onResponse(one(dialled, did.pick), did.response);
        } else if (did.kind === "end") network.onEnd(one(dialled, did.pick), "UNAVAILABLE");
        else env.advance(did.ms, network);
        const status = network.status();
        expect(status.infosCount).toBeLessThanOrEqual(20);
        expect(status.highWaterStamps.size).toBeLessThanOrEqual(6);
        expect(status.nodes.length).toBeLessThanOrEqual(6);
        expect(status.incoming.length).toBeLessThanOrEqual(status.peersMaxCount);
        expect(status.outgoing.length).toBeLessThanOrEqual(status.peersMaxCount + 2);
        for (const { key: name } of network.held()) network.read(name);
      }
      // And the node is itself: it writes, and reads what it wrote.
      const outcome = network.set("mine", Uint8Array.of(7), 0);
      if (outcome.status === "stored") expect(network.read("mine").status).toBe("ok");
      else expect(outcome.status).toMatch(/storeFull|overtaken/);
    }),
    { numRuns: 300 },
  );
});
