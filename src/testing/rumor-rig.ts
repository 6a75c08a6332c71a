/** For the tests of rumour mongering: one node whose clock the test turns. */

import { resolveOptions } from "../core/options.ts";
import { peerId } from "../core/peer.ts";
import type { RumorTimer } from "../exchange/rumor/rumor.contract.ts";
import type { RumorMessage, Told } from "../exchange/rumor/rumor.messages.ts";
import { checkRumorOptions, rumorDefaults } from "../exchange/rumor/rumor.options.ts";
import { Rumor } from "../exchange/rumor/rumor.ts";
import { ExchangeRig } from "./exchange-rig.ts";
import { RecordingEnv } from "./recording-env.ts";
import { assertEqual } from "./test-api.ts";

type Given = Parameters<typeof resolveOptions<typeof rumorDefaults>>[2];

export const ROUND_MS = rumorDefaults.roundIntervalMs;

export function rig(given: Given, peersCount = 5) {
  const world = new ExchangeRig(peersCount);
  const env = new RecordingEnv<RumorMessage, RumorTimer>();
  const options = resolveOptions("rumor", rumorDefaults, given, checkRumorOptions);
  const rumor = new Rumor(env, world, options);
  rumor.enrol(world.enrolled);
  rumor.start();
  return {
    world,
    env,
    rumor,
    write: (value = 1) => world.history.append(Uint8Array.of(value)),
    hear: (from: string, message: RumorMessage) => rumor.onMessage(peerId(from), message),
    /** Lets time pass. @returns what was sent. */
    pass: (durationMs: number) => {
      env.taken();
      env.advance(durationMs, rumor);
      const all = [...env.sent];
      env.taken();
      return all;
    },
    /** What was sent since it was asked for last. */
    sent: () => {
      const all = [...env.sent];
      env.taken();
      return all;
    },
    count: (name: string) => world.counts.get(name) ?? 0,
  };
}

export type Rig = ReturnType<typeof rig>;

/** The one call that is made in the next round, or undefined. */
export function nextCall(town: Rig) {
  let sent = town.pass(0);
  for (let ms = 0; ms < ROUND_MS && sent.length === 0; ms += 1) sent = town.pass(1);
  const [one, ...others] = sent;
  assertEqual(others, [], "what else was sent");
  if (one === undefined) return undefined;
  const { message, to } = one;
  if (message.kind !== "call") throw new Error(`a ${message.kind}`);
  return { to: String(to), call: message };
}

/** Calls, and how the peer stood to what it was told. */
export function talk(town: Rig, standing: number): void {
  const found = nextCall(town);
  if (found === undefined) throw new Error("no call");
  const { call, to } = found;
  const theirs = call.rumors.map(() => standing);
  town.hear(to, {
    kind: "answer",
    round: call.round,
    feedback: "feedback",
    standings: theirs,
    rumors: [],
  });
}

export function told(town: Rig, name: string, more: Partial<Told> = {}): Told {
  const { dot, replica, update } = town.world.foreign(name);
  return { dot, replica, update, standing: 1, hops: 1, ...more };
}

export function called(rumors: readonly Told[], more: object = {}): RumorMessage {
  const call = { kind: "call", round: 7, mode: "push", feedback: "feedback" } as const;
  return { ...call, wantsNames: false, rumors, ...more };
}
