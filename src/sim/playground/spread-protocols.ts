/** The protocols of a town, each as it is shipped, on one simulated machine. */
import type { Env } from "../../core/env.ts";
import { resolveOptions } from "../../core/options.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { AntiEntropyMessage } from "../../exchange/anti-entropy/anti-entropy.messages.ts";
import { antiEntropyDefaults } from "../../exchange/anti-entropy/anti-entropy.options.ts";
import { AntiEntropy, type AntiEntropyTimer } from "../../exchange/anti-entropy/anti-entropy.ts";
import { directMailDefaults } from "../../exchange/direct-mail/direct-mail.options.ts";
import { DirectMail, type DirectMailTimer } from "../../exchange/direct-mail/direct-mail.ts";
import type { Enrolled, PushedUpdate } from "../../exchange/enrolled.ts";
import { floodingDefaults } from "../../exchange/flooding/flooding.options.ts";
import { Flooding } from "../../exchange/flooding/flooding.ts";
import type { PlumtreeTimer } from "../../exchange/plumtree/plumtree.contract.ts";
import type { PlumtreeMessage } from "../../exchange/plumtree/plumtree.messages.ts";
import { plumtreeDefaults } from "../../exchange/plumtree/plumtree.options.ts";
import { Plumtree } from "../../exchange/plumtree/plumtree.ts";
import type { RumorTimer } from "../../exchange/rumor/rumor.contract.ts";
import type { RumorMessage } from "../../exchange/rumor/rumor.messages.ts";
import { type RumorOptions, rumorDefaults } from "../../exchange/rumor/rumor.options.ts";
import { Rumor } from "../../exchange/rumor/rumor.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { SimNode } from "../sim-node.ts";
import type { SpreadNumbers } from "./spread.options.ts";

export const spreadProtocols = {
  push: "Rumor, pushed: who knows it tells others until they have heard it already",
  pull: "Rumor, pulled: everybody asks others for news",
  pushPull: "Rumor, both ways: each call tells and asks",
  coin: "Rumor, pushed blindly: each round one teller in k tires, whoever they met",
  blind: "Infect and die: who hears it tells a few others, and then no more",
  antiEntropy: "Anti-entropy: pairs compare all they have, for ever",
  flooding: "Flooding: to all neighbours, at once",
  plumtree: "Plumtree: along a tree that mends itself",
  directMail: "Direct mail: the author writes to each",
} as const;

export type SpreadProtocolName = keyof typeof spreadProtocols;

/** What `hearsay sim` calls it. */
export function experimentName(name: SpreadProtocolName): string {
  return `playground-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Whether it runs in an overlay of few neighbours; the others know everybody. */
export function usesNeighbours(name: SpreadProtocolName): boolean {
  return name === "flooding" || name === "plumtree";
}

/** Whether its nodes act in rounds; the others act when they hear. */
export function usesRounds(name: SpreadProtocolName): boolean {
  return name !== "flooding" && name !== "plumtree" && name !== "directMail";
}

/** Whether all nodes' rounds begin at once. */
export function isInStep(name: SpreadProtocolName): boolean {
  return usesRounds(name) && name !== "antiEntropy";
}

/** A node as its protocol finds it. */
export interface SpreadPlace {
  readonly host: SimNode;
  readonly everybody: PeerView;
  /** A few; both ends know each other. */
  readonly neighbours: PeerView;
  readonly enrolled: Enrolled;
}

type Mount = (place: SpreadPlace) => void;

const counters = { add: (): void => {} };

/** What mounts and starts it on a node; its options are made once, for there may be many nodes. */
export function spreadMount(name: SpreadProtocolName, numbers: SpreadNumbers): Mount {
  switch (name) {
    case "push":
    case "pull":
    case "pushPull":
    case "coin":
    case "blind":
      return rumorMount(rumorOptions(name, numbers));
    case "antiEntropy": {
      const { fanoutCount, roundIntervalMs } = numbers;
      const options = { ...antiEntropyDefaults, fanoutCount, roundIntervalMs };
      return ({ enrolled, everybody: peers, host }) => {
        host.mountDirect("antiEntropy", (env: Env<AntiEntropyMessage, AntiEntropyTimer>) =>
          begun(new AntiEntropy(env, { peers, counters }, options), enrolled),
        );
      };
    }
    case "flooding":
      return ({ enrolled, host, neighbours: peers }) => {
        host.mountDirect("flooding", (env: Env<PushedUpdate, never>) =>
          begun(new Flooding(env, { peers, counters }, floodingDefaults), enrolled),
        );
      };
    case "plumtree":
      return plumtreeMount();
    case "directMail":
      return ({ enrolled, everybody: peers, host }) => {
        host.mountDirect("directMail", (env: Env<PushedUpdate, DirectMailTimer>) =>
          begun(new DirectMail(env, { peers, counters }, directMailDefaults), enrolled),
        );
      };
  }
}

function plumtreeMount(): Mount {
  const options = resolveOptions("plumtree", plumtreeDefaults);
  return ({ enrolled, host, neighbours: peers }) => {
    host.mountDirect("plumtree", (env: Env<PlumtreeMessage, PlumtreeTimer>) =>
      begun(new Plumtree(env, { peers, counters }, options), enrolled),
    );
  };
}

function rumorMount(options: RumorOptions): Mount {
  return ({ enrolled, everybody: peers, host }) => {
    host.mountDirect("rumor", (env: Env<RumorMessage, RumorTimer>) =>
      begun(new Rumor(env, { peers, counters }, options), enrolled),
    );
  };
}

function rumorOptions(
  name: "push" | "pull" | "pushPull" | "coin" | "blind",
  { fanoutCount, interestCount, roundIntervalMs }: SpreadNumbers,
): RumorOptions {
  const step = {
    rounds: "synchronous",
    roundIntervalMs,
    answerTimeoutMs: roundIntervalMs / 2,
  } as const;
  const given = { ...wayOf(name), fanoutCount, interestCount };
  return resolveOptions("rumor", rumorDefaults, { ...given, ...step });
}

/** Of calls, of answers to them, and of losing interest. */
function wayOf(name: "push" | "pull" | "pushPull" | "coin" | "blind") {
  if (name === "blind") return { mode: "push", feedback: "blind", loss: "counter" } as const;
  if (name === "coin") return { mode: "push", feedback: "blind", loss: "coin" } as const;
  return { mode: name, feedback: "feedback", loss: "counter" } as const;
}

function begun<M, T, P extends Protocol<M, T> & { enrol(one: Enrolled): void }>(
  protocol: P,
  enrolled: Enrolled,
): P {
  protocol.enrol(enrolled);
  protocol.start();
  return protocol;
}
