import type { Address } from "../core/address.ts";
import { addressFromBytes } from "../core/ip.ts";
import type { PeerId } from "../core/peer.ts";
import type { StackHost } from "../core/stack-host.ts";
import type { AgreementMessage } from "../exchange/agreement/agreement.messages.ts";
import { Agreement } from "../exchange/agreement/agreement.ts";
import type { BroadcastMessage } from "../exchange/broadcast/broadcast.messages.ts";
import { Broadcast } from "../exchange/broadcast/broadcast.ts";
import { broadcastCodec } from "../exchange/broadcast/broadcast.wire.ts";
import type { DialMessage } from "../peers/reconnect/reconnect.messages.ts";
import { Reconnect } from "../peers/reconnect/reconnect.ts";
import type { SerfMessage } from "../peers/serf/serf.messages.ts";
import { Serf } from "../peers/serf/serf.ts";
import { serfCodec } from "../peers/serf/serf.wire.ts";
import { Swim } from "../peers/swim/swim.ts";
import { swimSizes } from "../peers/swim/swim.wire.ts";
import { AdvertisedMeta } from "./stack/advertised-meta.ts";
import { Carrier } from "./stack/carrier.ts";
import { HearsayView } from "./stack/hearsay-view.ts";
import { Life } from "./stack/life.ts";
import { MembershipEar } from "./stack/membership-ear.ts";
import { Passenger } from "./stack/passenger.ts";
import type { StackParts } from "./stack/stack.contract.ts";
import { Stack } from "./stack/stack.ts";

/** A compound's head; then a length and a type byte for each user message (spec section 11). */
const COMPOUND_HEAD_BYTES = 2;
const USER_OVERHEAD_BYTES = 3;

/**
 * Builds the protocols of one node and starts them. Whoever the host is, a process with sockets or
 * a node of the simulator, it runs what is built here.
 *
 *   Swim       owns packets and streams; who is there
 *   Serf       rides on it: intents, events, queries (not on a plain memberlist wire)
 *   Reconnect  looks for members that were lost, by SWIM's joins
 *   Broadcast  rides on it last: typed messages between Hearsay members
 *   Agreement  asks Hearsay members whether they see the same
 */
export function compose(host: StackHost, parts: StackParts): Stack {
  const { addr, counters, listener, name, options, port, tags } = parts;
  const meta = new AdvertisedMeta(parts.wire, serfCodec);
  const hearsayPeers = new HearsayView();
  const life = new Life(name, parts.boot);
  const { streamTimeoutMs } = options.broadcast;
  const carrier = new Carrier({ host, counters, listener, streamTimeoutMs });
  const ear = new MembershipEar({ name, meta, hearsayPeers, listener });
  const onBootReported = (boot: number) => stack.onBootReported(boot);
  const passenger = new Passenger({ name, meta, hearsayPeers, counters, onBootReported });

  let packetMaxBytes = 0;
  const swim = host.mountStream("swim", (env) => {
    packetMaxBytes = env.packetMaxBytes - COMPOUND_HEAD_BYTES;
    hearsayPeers.scatter(env.random);
    const wiring = { sizes: swimSizes, passenger, listener: ear, reports: carrier, counters };
    const identity = { name, addr, port, meta: meta.encode(tags, life.boot), vsn: meta.vsn };
    return new Swim(env, wiring, identity, options.swim);
  });

  const serf =
    parts.wire === "memberlist"
      ? undefined
      : mountSerf(host, parts, { swim, ear, gossipMaxBytes: packetMaxBytes - USER_OVERHEAD_BYTES });

  const reconnect = host.mount(
    "reconnect",
    (to: Address, message: DialMessage) => carrier.dial(to, message),
    (env) => {
      const onForeign = (at: Address, detail: string) => listener.onForeign(at, detail);
      const onSaveDue = () => listener.onPastToKeep(stack.pastMembers());
      const { past = [] } = parts;
      const own = [swim.members.local.address];
      const wiring = { view: swim.view, listener: { onForeign, onSaveDue }, counters, own, past };
      return new Reconnect(env, wiring, options.reconnect);
    },
  );

  const broadcast = host.mount(
    "broadcast",
    (to: PeerId, message: BroadcastMessage) => carrier.sendBroadcast(to, message),
    (env) => {
      const wiring = {
        peers: hearsayPeers,
        codec: broadcastCodec,
        listener,
        counters,
        origin: () => life.origin,
        packetMaxBytes,
        partOverheadBytes: USER_OVERHEAD_BYTES,
      };
      return new Broadcast(env, wiring, options.broadcast);
    },
  );

  const agreement = host.mount(
    "agreement",
    (to: PeerId, message: AgreementMessage) => carrier.sendAgreement(to, message),
    (env) => {
      const digest = () => swim.membershipDigest();
      const wiring = { peers: hearsayPeers, counters, digest, origin: () => life.origin };
      return new Agreement(env, wiring, options.agreement);
    },
  );

  carrier.take({ swim, serf, reconnect, broadcast });
  ear.take({ serf, reconnect });
  passenger.take({ serf, broadcast, agreement });
  const protocols = { swim, serf, reconnect, broadcast, agreement };
  const stack = new Stack(host, { parts, protocols, carrier, hearsayPeers, life, meta });
  stack.start();
  return stack;
}

/** Serf asks SWIM for what it needs by this port; its answers to queries are own packets. */
function mountSerf(
  host: StackHost,
  parts: StackParts,
  below: { readonly swim: Swim; readonly ear: MembershipEar; readonly gossipMaxBytes: number },
): Serf {
  const { ear, gossipMaxBytes, swim } = below;
  const { counters, keyring, options } = parts;
  const membership = {
    get local() {
      return swim.members.local;
    },
    gossipMaxBytes,
    leave: () => swim.leave(),
    sendUser: (to: Address, payload: Uint8Array) => void swim.sendUser(to, payload),
    addressOf: addressFromBytes,
    setMeta: (meta: Uint8Array) => void swim.updateMeta(meta),
  };
  const wiring = { membership, listener: ear.serfListener(), counters, codec: serfCodec };
  return host.mount(
    "serf",
    (to: Address, message: SerfMessage) => void swim.sendUser(to, serfCodec.encode(message)),
    (env) => new Serf(env, keyring === undefined ? wiring : { ...wiring, keyring }, options.serf),
  );
}
