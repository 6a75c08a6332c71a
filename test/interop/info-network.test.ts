/** Our nodes and a foreign one in one info network: it dials us, and we dial it. */
import { afterEach, describe, expect, it } from "vitest";
import type { GrpcInfosChoice, HearsayNode } from "../../src/index.ts";
import { startNode } from "../../src/index.ts";
import type { DriverProcess } from "./driver-process.ts";
import { type PeerView, startPeer } from "./info-network-peer.ts";
import { requireInCi } from "./requirements.ts";
import { waitUntil } from "./waiting.ts";

const missing = requireInCi("grpc-python");
const clusterId = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
const WAIT_MS = 40_000;
const clusterHex = clusterId.replaceAll("-", "");
const hexOf = (text: string): string => Buffer.from(text).toString("hex");

const nodes: HearsayNode[] = [];
const peers: DriverProcess[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
  await Promise.all(peers.splice(0).map((peer) => peer.end()));
});

async function start(
  nodeId: number,
  resolvers: readonly string[],
  more: Partial<GrpcInfosChoice> = {},
): Promise<HearsayNode> {
  const first = resolvers.length === 0 ? { clusterId } : {};
  const listen = "127.0.0.1:0";
  const own = { codec: "json", ...first } as const;
  const infos = { via: "grpc", nodeId, listen, resolvers, ...own } as const;
  const name = `p${nodeId}`;
  const node = await startNode({ name, bind: "127.0.0.1:0", infos: { ...infos, ...more } });
  nodes.push(node);
  return node;
}

async function foreigner(nodeId: number, address = `127.0.0.1:${nodeId}`): Promise<DriverProcess> {
  const peer = startPeer();
  peers.push(peer);
  await peer.request("be", { nodeId, clusterId: clusterHex, address });
  return peer;
}

function look(peer: DriverProcess): Promise<PeerView> {
  return peer.request("look");
}

async function sees(peer: DriverProcess, test: (view: PeerView) => boolean): Promise<PeerView> {
  let view = await look(peer);
  await waitUntil("the foreign node sees it", WAIT_MS, async () => {
    view = await look(peer);
    return test(view);
  });
  return view;
}

describe.skipIf(missing !== undefined)(
  `the info network with a node in Python${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    it("takes a client that another made: it learns, tells, and is told on", async () => {
      const one = await start(1, []);
      const two = await start(2, [one.infoNetwork.address]);
      await waitUntil("two is in", WAIT_MS, () => one.infos.info("node:2") !== undefined);
      const peer = await foreigner(77);
      await peer.request("dial", { address: one.infoNetwork.address });
      const view = await sees(peer, ({ infos }) => infos["sentinel"] !== undefined);
      expect(view.heard[0]).toMatchObject({ from: "server", nodeId: 1, alternate: null });
      expect(view.heard[0]?.keys).toEqual(
        expect.arrayContaining(["cluster-id", "node:1", "node:2", "sentinel"]),
      );
      expect(view.heard.every(({ unknown }) => unknown === 0)).toBe(true);
      // Its own code has checked the checksums.
      expect(view.infos["cluster-id"]).toMatchObject({
        payload: clusterHex,
        nodeId: 1,
        hops: 0,
        ttlStamp: String(2n ** 63n - 1n),
      });
      expect(view.infos["sentinel"]?.payload).toBe("");
      expect(view.infos["node:2"]).toMatchObject({ nodeId: 2, hops: 1, peerId: 2 });
      expect(await peer.request("describedBy", { key: "node:2" })).toEqual({
        nodeId: 2,
        address: two.infoNetwork.address,
      });

      await peer.request("describe");
      const payload = hexOf('{"hello":"from Python"}');
      const origStamp = BigInt(await peer.request<string>("set", { key: "greeting", payload }));
      await waitUntil("both nodes see it", WAIT_MS, () => {
        return [one, two].every((node) => node.infos.get("greeting") !== undefined);
      });
      expect(two.infos.get("greeting")).toEqual({ hello: "from Python" });
      expect(one.infos.info("greeting")).toMatchObject({
        from: "n77",
        path: { nodeId: 77, peerId: 77, hops: 1, origStamp },
      });
      expect(two.infos.info("greeting")?.path).toMatchObject({ nodeId: 77, peerId: 1, hops: 2 });
      const { incoming } = one.infoNetwork.status();
      expect(incoming.map(({ nodeId }) => nodeId).sort((a, b) => a - b)).toEqual([2, 77]);
      expect(one.infoNetwork.status().nodes).toContainEqual({
        nodeId: 77,
        address: "127.0.0.1:77",
      });

      await two.infos.set("answer", { to: 77 });
      const told = await sees(peer, ({ infos }) => infos["answer"] !== undefined);
      expect(told.infos["answer"]).toMatchObject({ payload: hexOf('{"to":77}'), hops: 1 });
      await two.infos.delete("answer");
      await sees(peer, ({ infos }) => infos["answer"]?.payload === null);
      expect((await look(peer)).ended).toEqual([]);
    });

    it("tells its status in bytes that others read", async () => {
      const one = await start(1, []);
      const peer = await foreigner(77);
      await peer.request("dial", { address: one.infoNetwork.address });
      await peer.request("set", { key: "k", payload: hexOf("1") });
      await waitUntil("it comes", WAIT_MS, () => one.infos.get("k") === 1);
      const status = Buffer.from(one.infoNetwork.statusBytes()).toString("hex");
      const read: Record<string, unknown> = await peer.request("readStatus", { status });
      expect(read).toMatchObject({
        payloads: { "cluster-id": clusterHex, k: hexOf("1"), sentinel: "" },
        client: [],
        server: [77],
        maxConns: 3,
        sentinelNodeId: 1,
        stamps: [1, 77],
        unknown: 0,
      });
      expect(read["bytesSent"]).toBeGreaterThan(0);
    });

    it("drops what is malformed, and the stream lives on", async () => {
      const one = await start(1, []);
      const peer = await foreigner(77);
      await peer.request("dial", { address: one.infoNetwork.address });
      await peer.request("setWrong", { key: "nobody-wrote-this" });
      await peer.request("set", { key: "sound", payload: hexOf("1") });
      await waitUntil("the sound one comes", WAIT_MS, () => one.infos.get("sound") === 1);
      expect(one.infos.keys()).not.toContain("nobody-wrote-this");
      expect(one.metrics()["infoNetwork.entriesDropped"]).toBe(1);
      expect((await look(peer)).ended).toEqual([]);
    });

    it("sends away who is of another network, by the status that gRPC has for it", async () => {
      const one = await start(1, []);
      const stranger = await foreigner(77);
      await stranger.request("be", { nodeId: 77, clusterId: "ff".repeat(16), address: "h:1" });
      await stranger.request("dial", { address: one.infoNetwork.address });
      expect((await sees(stranger, ({ ended }) => ended.length > 0)).ended).toEqual([
        "FAILED_PRECONDITION",
      ]);
      await stranger.request("be", { nodeId: 77, clusterId: "ff", address: "h:1" });
      await stranger.request("dial", { address: one.infoNetwork.address });
      const { ended } = await sees(stranger, (view) => view.ended.length > 1);
      expect(ended).toEqual(["FAILED_PRECONDITION", "INVALID_ARGUMENT"]);
    });

    it("sends on who finds no room, to somebody who is there", async () => {
      const one = await start(1, [], { peersMinCount: 1, refuseGraceMs: 200 });
      const [first, second] = [await foreigner(71), await foreigner(72)];
      await first.request("dial", { address: one.infoNetwork.address });
      await sees(first, ({ heard }) => heard.length > 0);
      await second.request("dial", { address: one.infoNetwork.address });
      const isSentOn = ({ heard }: PeerView) => heard.some(({ alternate }) => alternate !== null);
      const view = await sees(second, isSentOn);
      const alternate = view.heard.find((one_) => one_.alternate !== null);
      expect(alternate).toMatchObject({ alternate: "127.0.0.1:71", alternateNodeId: 71, keys: [] });
      // It does not go by itself: after a grace it is sent.
      await sees(second, ({ ended }) => ended.length > 0);
      expect(one.infoNetwork.status().refusedCount).toBe(1);
    });

    it("dials a server that another made, and learns the network from it", async () => {
      const peer = await foreigner(77);
      const address = await peer.request<string>("serve");
      await peer.request("describe");
      await peer.request("set", { key: "cluster-id", payload: clusterHex });
      await peer.request("set", { key: "sentinel", payload: "", ttlMs: 60_000 });
      await peer.request("set", { key: "flag", payload: hexOf('{"on":true}') });
      const one = await start(1, [address]);
      await waitUntil("it is connected", WAIT_MS, () => {
        const { clusterId: known, condition } = one.infoNetwork.status();
        return known === clusterId && condition === "connected";
      });
      expect(one.infos.get("flag")).toEqual({ on: true });
      expect(one.infoNetwork.status()).toMatchObject({
        connectivity: { sentinelNodeId: 77 },
        outgoing: [{ nodeId: 77 }],
      });
      await one.infos.set("mine", [1, 2]);
      const view = await sees(peer, ({ infos }) => infos["mine"] !== undefined);
      // The first request says what is known, and brings nothing.
      expect(view.heard[0]).toMatchObject({ from: "client", nodeId: 1, keys: [] });
      expect(view.heard.every(({ unknown }) => unknown === 0)).toBe(true);
      expect(view.infos["mine"]).toMatchObject({ payload: hexOf("[1,2]"), nodeId: 1, hops: 0 });
      expect(view.infos["node:1"]).toMatchObject({ nodeId: 1 });
      await peer.request("set", { key: "flag", payload: hexOf('{"on":false}') });
      await waitUntil("the change comes", WAIT_MS, () => {
        return (one.infos.get("flag") as { on: boolean }).on === false;
      });
    });
  },
);
