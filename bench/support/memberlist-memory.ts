/** Bytes of heap for each member that a node knows. */
import { setTimeout as sleep } from "node:timers/promises";
import { serfCodec } from "../../src/peers/serf/serf.wire.ts";
import type { PushPullNode } from "../../src/peers/swim/swim.messages.ts";
import type { DriverProcess } from "../../test/interop/driver-process.ts";
import { pushPull } from "../../test/interop/push-pull.ts";
import { type Side, startSide } from "./memberlist-lots.ts";

export const MEMBERS_COUNT = 10_000;
const SETTLE_MAX_MS = 60_000;
const SETTLE_POLL_MS = 1_000;
/** A node that holds nothing back for gossip any more sends next to nothing. */
const QUIET_PACKETS_COUNT = 5;

/** Of the second node of a process: the first one pays for compiled code and grown buffers. */
export async function memoryPerMember(side: Side, wire: "serf" | "memberlist"): Promise<number> {
  const process = startSide(side);
  try {
    await bytesPerMember(process, wire);
    await process.request("clear");
    return await bytesPerMember(process, wire);
  } finally {
    await process.end();
  }
}

/** The table gets into the node as by a seed: it is shown all of it in one push/pull. */
async function bytesPerMember(
  process: DriverProcess,
  wire: "serf" | "memberlist",
): Promise<number> {
  const request = { name: "holder", profile: "still", wire };
  const address = await process.request<string>("start", request);
  const before = await process.request<number>("heap");
  await pushPull(address, { nodes: membersUpTo(MEMBERS_COUNT, wire) });
  await untilQuiet(process);
  const after = await process.request<number>("heap");
  const known = await pushPull(address);
  if (known.length !== MEMBERS_COUNT + 1) throw new Error(`it took ${known.length} members`);
  return (after - before) / MEMBERS_COUNT;
}

/** Until what the node has to gossip about them is gone. */
async function untilQuiet(process: DriverProcess): Promise<void> {
  const end = performance.now() + SETTLE_MAX_MS;
  const sent = async (): Promise<number> =>
    (await process.request<{ packetsSent?: number }>("counts")).packetsSent ?? 0;
  let last = await sent();
  while (performance.now() < end) {
    await sleep(SETTLE_POLL_MS);
    const now = await sent();
    if (now - last <= QUIET_PACKETS_COUNT) return;
    last = now;
  }
  throw new Error("the node had something to gossip for a minute");
}

/** Names of twelve characters, one tag, addresses of their own in the loopback range. */
function membersUpTo(count: number, wire: "serf" | "memberlist"): PushPullNode[] {
  const vsn = wire === "serf" ? Uint8Array.of(1, 5, 2, 2, 5, 5) : Uint8Array.of(1, 5, 2, 0, 0, 0);
  return Array.from({ length: count }, (_, at) => ({
    name: `member-${String(at).padStart(5, "0")}`,
    addr: Uint8Array.of(127, 1 + (at >> 16), (at >> 8) & 255, at & 255),
    port: 7_946,
    meta: serfCodec.encodeTags(new Map([["role", "worker"]])),
    incarnation: 1,
    state: 0,
    vsn: vsn.slice(),
  }));
}
