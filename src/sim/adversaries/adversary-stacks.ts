/** The protocols of a node that may be an adversary: the shipped ones, behind a twisted door. */
import type { LinkEnv } from "../../core/env.ts";
import { resolveOptions } from "../../core/options.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { History } from "../../data/history/history.ts";
import type { Enrolled } from "../../exchange/enrolled.ts";
import type { PlumtreeEnv } from "../../exchange/plumtree/plumtree.contract.ts";
import { plumtreeDefaults } from "../../exchange/plumtree/plumtree.options.ts";
import { Plumtree } from "../../exchange/plumtree/plumtree.ts";
import type { RumorEnv } from "../../exchange/rumor/rumor.contract.ts";
import { rumorDefaults } from "../../exchange/rumor/rumor.options.ts";
import { Rumor } from "../../exchange/rumor/rumor.ts";
import type { HyParViewMessage } from "../../peers/hyparview/hyparview.messages.ts";
import { hyparviewOptions } from "../../peers/hyparview/hyparview.options.ts";
import type { HyParViewTimer } from "../../peers/hyparview/hyparview.timers.ts";
import { HyParView } from "../../peers/hyparview/hyparview.ts";
import { StaticView } from "../../peers/static/static-view.ts";
import type { SimNode } from "../sim-node.ts";
import { type Budgets, budgetOptions } from "./budget-options.ts";
import type { Role } from "./role.ts";
import { TwistedEnv, TwistedLinkEnv } from "./twisted-env.ts";

const UPDATE_BYTES = 4;
const counters = { add: (): void => {} };

type Links = LinkEnv<HyParViewMessage, HyParViewTimer>;

/** Updates that a node took in as news, and that it sent; messages that it received. */
export interface Load {
  takenCount: number;
  sentCount: number;
  messagesCount: number;
}

export interface Place {
  readonly host: SimNode;
  readonly history: History;
  readonly role: Role;
  readonly budgets: Budgets;
  readonly nodesCount: number;
  readonly accomplices: readonly PeerId[];
  readonly load: Load;
}

export interface Overlay {
  readonly view: HyParView;
  readonly links: Links;
}

/** Rumours, among all. */
export function mountRumor({ budgets, history, host, load, nodesCount, role }: Place): void {
  const peers = new StaticView(host.self);
  const everybody = Array.from({ length: nodesCount }, (_, node) => node);
  for (const node of role.favourites ?? everybody) peers.add(peerId(node));
  const given = { ...budgetOptions[budgets].rumor, ...role.rumorOptions };
  const options = resolveOptions("rumor", rumorDefaults, given);
  host.mountDirect("rumor", (env: RumorEnv) => {
    const door: RumorEnv = new TwistedEnv(env, (message) => {
      const sent = role.rumor === undefined ? message : role.rumor(message);
      if (sent !== undefined && "rumors" in sent) load.sentCount += sent.rumors.length;
      return sent;
    });
    return begun(new Rumor(door, { peers, counters }, options), history, load);
  });
}

/** The overlay below the trees. */
export function mountOverlay({ accomplices, budgets, host, role }: Place): Overlay {
  const seeds = host.index === 0 ? [] : [{ peer: peerId(0) }];
  const wiring = { counters, afterStep: (body: () => void) => host.afterStep(body), seeds };
  const options = hyparviewOptions(budgetOptions[budgets].hyparview);
  const twist = role.hyparview?.(accomplices);
  let links: Links | undefined;
  const view = host.mountLinked("hyparview", (env: Links) => {
    links = env;
    const door = twist === undefined ? env : new TwistedLinkEnv(env, twist);
    return new HyParView(door, wiring, options);
  });
  view.start();
  if (links === undefined) throw new Error("mountLinked made no door");
  return { view, links };
}

export function mountPlumtree(place: Place, peers: HyParView): void {
  const { budgets, history, host, load, role } = place;
  const options = resolveOptions("plumtree", plumtreeDefaults, budgetOptions[budgets].plumtree);
  host.mountOnLinks("plumtree", (env: PlumtreeEnv) => {
    const door: PlumtreeEnv = new TwistedEnv(env, (message) => {
      const sent = role.plumtree === undefined ? message : role.plumtree(message);
      for (const { gossips } of sent?.parts ?? []) {
        for (const { updates } of gossips) load.sentCount += updates.length;
      }
      return sent;
    });
    return begun(new Plumtree(door, { peers, counters }, options), history, load);
  });
}

/** Enrolled and started; what it receives is counted. */
function begun<M, T>(
  protocol: Protocol<M, T> & { enrol(one: Enrolled): void },
  history: History,
  load: Load,
): Protocol<M, T> {
  protocol.enrol({ name: "x", replica: history, sizeOf: () => UPDATE_BYTES });
  protocol.start();
  return {
    start: () => protocol.start(),
    stop: () => protocol.stop(),
    onTimer: (timer) => protocol.onTimer(timer),
    onMessage: (from, message) => {
      load.messagesCount += 1;
      protocol.onMessage(from, message);
    },
  };
}
