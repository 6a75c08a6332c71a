/** Seeds that no vector has: Hearsay's own frames, and claims about those the attacked know. */

import type { Origin } from "../../../src/core/peer.ts";
import type { AgreementMessage } from "../../../src/exchange/agreement/agreement.messages.ts";
import { encodeAgreement } from "../../../src/exchange/agreement/agreement.wire.ts";
import { broadcastCodec } from "../../../src/exchange/broadcast/broadcast.wire.ts";
import type { SerfMessage } from "../../../src/peers/serf/serf.messages.ts";
import { encodeFilter, encodeSerf, encodeTags } from "../../../src/peers/serf/serf.wire.ts";
import type { PushPullNode, SwimMessage } from "../../../src/peers/swim/swim.messages.ts";
import { encodeSwim } from "../../../src/peers/swim/wire/swim.wire.ts";
import { advertText } from "../../../src/wire/advert.ts";
import { knownNames, ownName } from "./names.ts";
import type { SeedMessage } from "./seeds.ts";

const noBytes = new Uint8Array(0);
const vsn = Uint8Array.of(1, 5, 2, 2, 5, 5);

/** Where the known names are: the same places the attacked nodes were told of. */
export function addrOf(name: string): Uint8Array {
  return Uint8Array.of(10, 0, 0, 1 + knownNames.indexOf(name));
}

/** Tags of a Hearsay member, so that it takes part in broadcasts and agreement. */
export const hearsayMeta: Uint8Array = metaOfBoot(7);

function metaOfBoot(boot: number): Uint8Array {
  return encodeTags(new Map([["_h", advertText({ version: 1, capabilities: 0, boot })]]));
}

export function packetOf(message: SwimMessage): Uint8Array {
  return Uint8Array.from(encodeSwim(message));
}

export function userPacket(payload: Uint8Array): Uint8Array {
  return packetOf({ kind: "user", payload });
}

export function rumorFrames(): SeedMessage[] {
  const payload = Buffer.from("a value");
  const clock = { ms: 1_000, counter: 3 };
  return ["peer1#7", "peer2#7", `${ownName}#1`].map((origin, at) => {
    const rumor = {
      origin: origin as Origin,
      seq: 1 + at,
      tag: "Commit",
      codec: 0,
      payload,
      clock,
    };
    const frame = Uint8Array.from(broadcastCodec.encode(rumor));
    return { name: `rumor of ${origin}`, via: "packet", bytes: userPacket(frame) };
  });
}

export function agreementFrames(): SeedMessage[] {
  const origin = "peer1#7" as Origin;
  const messages: AgreementMessage[] = [
    { kind: "ask", origin, round: 1 },
    { kind: "digest", origin, round: 1, digest: "0011223344556677" },
  ];
  return messages.map((message) => {
    const bytes = userPacket(Uint8Array.from(encodeAgreement(message)));
    return { name: `agreement ${message.kind}`, via: "packet", bytes };
  });
}

/** Claims, queries and states about known names: what a hostile member would begin with. */
export function claims(): SeedMessage[] {
  const packets = knownNames.flatMap((node) => swimClaims(node).map(packetOf));
  const users = knownNames.flatMap((node) => serfMessages(node).map(encodeSerf).map(userPacket));
  const streams = [pushPull("refresh"), pushPull("join")].map(packetOf);
  return [
    ...packets.map((bytes, at) => ({ name: `claim ${at}`, via: "packet" as const, bytes })),
    ...users.map((bytes, at) => ({ name: `serf ${at}`, via: "packet" as const, bytes })),
    ...streams.map((bytes, at) => ({ name: `state ${at}`, via: "stream" as const, bytes })),
  ];
}

function swimClaims(node: string): SwimMessage[] {
  const addr = addrOf(node);
  const vsnAndPort = { port: 7_946, vsn };
  const later = {
    kind: "alive",
    incarnation: 1,
    node,
    meta: metaOfBoot(9),
    ...vsnAndPort,
  } as const;
  const elsewhere = Uint8Array.of(10, 7, 7, addr[3] ?? 0);
  const claimed: SwimMessage[] = [1, 2, 9].flatMap((incarnation) => [
    { kind: "alive", incarnation, node, addr, port: 7_946, meta: hearsayMeta, vsn },
    { kind: "suspect", incarnation, node, from: "peer3" },
    { kind: "dead", incarnation, node, from: "peer3" },
    { kind: "dead", incarnation, node, from: node },
  ]);
  // A later life of the name, and a former one, at another address.
  return [
    ...claimed,
    { ...later, addr: elsewhere },
    { ...later, addr: elsewhere, meta: metaOfBoot(3) },
  ];
}

function serfMessages(node: string): SerfMessage[] {
  const key = new Uint8Array(16).fill(9);
  const query = {
    kind: "query" as const,
    lTime: 9,
    id: 77,
    addr: addrOf("peer1"),
    port: 7_946,
    sourceNode: "peer1",
    flags: 1,
    relayFactor: 2,
    timeoutNs: 3_000_000_000,
  };
  const tag = encodeFilter({ kind: "tag", tag: "_h", expression: "^(A|B).*" });
  const nodes = encodeFilter({ kind: "nodes", names: [ownName, node] });
  const keyRequest = encodeSerf({ kind: "keyRequest", key });
  return [
    { kind: "join", lTime: 9, node },
    { kind: "leave", lTime: 9, node, prune: false },
    { kind: "leave", lTime: 10, node, prune: true },
    { kind: "userEvent", lTime: 9, name: node, payload: key, cc: false },
    { ...query, filters: [tag, nodes], name: "load", payload: noBytes },
    { ...query, filters: [], name: "_serf_conflict", payload: Buffer.from(node) },
    { ...query, filters: [], name: "_serf_list-keys", payload: keyRequest },
    { ...query, filters: [], name: "_serf_install-key", payload: keyRequest },
    { ...query, filters: [], name: "_serf_remove-key", payload: keyRequest },
    { kind: "queryResponse", lTime: 1, id: 1, from: node, flags: 1, payload: noBytes },
  ];
}

function pushPull(purpose: "join" | "refresh"): SwimMessage {
  const nodes: PushPullNode[] = knownNames.map((name, at) => ({
    name,
    addr: addrOf(name),
    port: 7_946,
    meta: hearsayMeta,
    incarnation: 1 + at,
    state: at % 4,
    vsn,
  }));
  const userState = encodeSerf({
    kind: "pushPull",
    lTime: 12,
    statusLTimes: new Map(knownNames.map((name, at) => [name, at])),
    leftMembers: ["peer4"],
    eventLTime: 4,
    events: [{ lTime: 3, events: [{ name: "deploy", payload: Uint8Array.of(1, 2, 3) }] }],
    queryLTime: 5,
  });
  return { kind: "pushPull", join: purpose === "join", nodes, userState };
}
