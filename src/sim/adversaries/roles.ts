/** The adversaries of Alvisi et al., "How robust are gossip-based communication protocols?" */
import { makeOrigin, type Origin, type PeerId, peerId } from "../../core/peer.ts";
import type { Part, PlumtreeMessage } from "../../exchange/plumtree/plumtree.messages.ts";
import type { RumorMessage } from "../../exchange/rumor/rumor.messages.ts";
import type { HyParViewMessage } from "../../peers/hyparview/hyparview.messages.ts";
import type { Adversary, Role } from "./role.ts";

/** Peers that a poisoner names in one message, as many as an honest shuffle. */
const NAMED_COUNT = 8;
/** Peers that a poisoner turns to in each of its turns. */
const VISITS_COUNT = 2;
/** Acts in a second. */
export const ACTS_PER_SECOND = 10;
const NUMBER_BYTES = 4;
/** What a flooded or forged update carries in place of a number. */
export const BOGUS = 0xffff_ffff;

/** Takes what others tell, and tells nothing itself. */
export const freeRider: Role = { rumor: silentRumor, plumtree: silentPlumtree };

function silentRumor(message: RumorMessage): RumorMessage | undefined {
  switch (message.kind) {
    case "call":
    case "answer":
      return { ...message, rumors: [] };
    case "payloads":
      return undefined;
    default:
      return message;
  }
}

function silentPlumtree({ parts }: PlumtreeMessage): PlumtreeMessage | undefined {
  const quiet = parts.map((part): Part => ({ ...part, gossips: [], announced: [] }));
  const isEmpty = quiet.every(({ grafts, lacked, prunes, wanted }) => {
    return grafts.length + lacked.length + prunes.length + wanted.length === 0;
  });
  return isEmpty ? undefined : { kind: "batch", parts: quiet };
}

/** Publishes so many updates a second that nobody needs, in its own name or in many names. */
export function flooder(updatesPerSecond: number, namesCount: number): Role {
  let published = 0;
  return {
    rumorOptions: { fanoutCount: 5, messageMaxBytes: 65_536, roundIntervalMs: 20 },
    act: (adversary) => {
      const { history, host } = adversary;
      for (let sent = 0; sent < updatesPerSecond / ACTS_PER_SECOND; sent += 1) {
        published += 1;
        const origin = makeOrigin(`${host.name}-${published % namesCount}`, 1);
        const update = { atMs: host.wallClockMs, payload: bogus() };
        history.apply({ origin, seq: history.seen.last(origin) + 1 }, update);
      }
    },
  };
}

/**
 * Publishes in the name of each other node, so many times a second, what that node has yet to
 * publish: whoever hears the forgery first takes the true update for a copy of it.
 */
export function forger(forgeriesPerSecond: number): Role {
  return {
    act: ({ history, honest, host, random }) => {
      for (const victim of honest) {
        if (!random.chance(forgeriesPerSecond / ACTS_PER_SECOND)) continue;
        const origin = originOf(victim);
        const update = { atMs: host.wallClockMs, payload: bogus() };
        history.apply({ origin, seq: history.seen.last(origin) + 1 }, update);
      }
    },
  };
}

/** Names only accomplices to all who ask, and presses itself and them on everybody. */
export const poisoner: Role = {
  hyparview: (accomplices) => (message) => poisoned(message, accomplices),
  act: (adversary) => {
    for (let visit = 0; visit < VISITS_COUNT; visit += 1) {
      const victim = adversary.random.pick(adversary.honest);
      if (victim !== undefined) press(victim, adversary);
    }
  },
};

function press(victim: PeerId, { accomplices, random, tell }: Adversary): void {
  tell(victim, { kind: "neighbor", priority: "high" });
  tell(victim, { kind: "probe", peers: named(accomplices, random.below(accomplices.length)) });
}

function poisoned(
  message: HyParViewMessage,
  accomplices: readonly PeerId[],
): HyParViewMessage | undefined {
  switch (message.kind) {
    case "shuffle":
      return { ...message, peers: named(accomplices, message.ttl) };
    case "shuffleReply":
      return { ...message, peers: named(accomplices, message.peers.length) };
    case "probe":
    case "probeReply":
      return { ...message, peers: named(accomplices, message.peers.length) };
    case "forwardJoin":
      return undefined;
    default:
      return message;
  }
}

function named(accomplices: readonly PeerId[], first: number): { readonly peer: PeerId }[] {
  const count = Math.min(NAMED_COUNT, accomplices.length);
  return Array.from({ length: count }, (_, at) => {
    const peer = accomplices[(first + at) % accomplices.length];
    return { peer: peer ?? peerId(0) };
  });
}

/** Chooses always the same partners, and far more often than is its turn. */
export function besieger(victims: readonly number[]): Role {
  return {
    favourites: victims,
    rumorOptions: { fanoutCount: victims.length, roundIntervalMs: 20, idleIntervalMs: 20 },
    act: ({ tell }) => {
      for (const victim of victims) tell(peerId(victim), { kind: "neighbor", priority: "high" });
    },
  };
}

export function originOf(peer: PeerId): Origin {
  return makeOrigin(`n${peer}`, 1);
}

function bogus(): Uint8Array {
  const payload = new Uint8Array(NUMBER_BYTES);
  new DataView(payload.buffer).setUint32(0, BOGUS);
  return payload;
}
