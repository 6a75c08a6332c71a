import type { Address } from "../../core/address.ts";
import { addressFromBytes } from "../../core/ip.ts";
import type { PeerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type { DialMessage } from "../../peers/reconnect/reconnect.messages.ts";
import { Reconnect } from "../../peers/reconnect/reconnect.ts";
import type { SerfMessage } from "../../peers/serf/serf.messages.ts";
import { Serf } from "../../peers/serf/serf.ts";
import { serfCodec } from "../../peers/serf/serf.wire.ts";
import type { SuccessionMessage } from "../../peers/succession/succession.messages.ts";
import { Succession } from "../../peers/succession/succession.ts";
import type { Swim } from "../../peers/swim/swim.ts";
import type { Carrier } from "./carrier.ts";
import type { MembershipEar } from "./membership-ear.ts";
import type { StackParts } from "./stack.contract.ts";

/** Serf asks SWIM for what it needs by this port; its answers to queries are own packets. */
export function mountSerf(
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

/** Looks for lost members: each dial is a join of SWIM's. */
export function mountReconnect(
  host: StackHost,
  parts: StackParts,
  beside: { readonly swim: Swim; readonly carrier: Carrier; readonly onSaveDue: () => void },
): Reconnect {
  const { carrier, onSaveDue, swim } = beside;
  const { counters, listener, options, past = [] } = parts;
  const onForeign = (at: Address, detail: string) => listener.onForeign(at, detail);
  const own = [swim.members.local.address];
  const wiring = { view: swim.view, listener: { onForeign, onSaveDue }, counters, own, past };
  return host.mount(
    "reconnect",
    (to: Address, message: DialMessage) => carrier.dial(to, message),
    (env) => new Reconnect(env, wiring, options.reconnect),
  );
}

/** Gets this node's name back from its former life. */
export function mountSuccession(
  host: StackHost,
  parts: StackParts,
  beside: { readonly swim: Swim; readonly carrier: Carrier; readonly ear: MembershipEar },
): Succession {
  const { carrier, ear, swim } = beside;
  const addressOf = (peer: PeerId) => swim.members.get(String(peer))?.address;
  const onNameTaken = () => ear.onNameTaken();
  const wiring = { view: swim.view, counters: parts.counters, addressOf, onNameTaken };
  return host.mount(
    "succession",
    (to: Address, message: SuccessionMessage) => carrier.sendSuccession(to, message),
    (env) => new Succession(env, wiring, parts.options.succession),
  );
}
