/** The detectors of a town, each as it is shipped, and with what numbers. */
import {
  phiAccrualBySpread,
  phiAccrualOptions,
} from "../../peers/phi-accrual/phi-accrual.options.ts";
import { type SwimProfile, swimProfiles } from "../../peers/swim/swim.options.ts";
import type { DetectorTownOptions } from "../experiments/detectors/town.contract.ts";
import type { WatchNumbers } from "./watch.options.ts";

/** What each of them does. */
export const watchDetectors = {
  swim: "SWIM with Lifeguard, as memberlist: a ping a second, then others ask; suspicions are told",
  swimPlain: "SWIM without Lifeguard: one fixed time for every suspicion, and no doubt of oneself",
  swimSwift: "SWIM with Lifeguard, profile swift: members that hear of a suspicion look themselves",
  heartbeat: "Gossiped heartbeats: who was not heard of for T_fail is dead",
  phi: "Phi accrual on gossiped heartbeats: dead when a silence this long is too unlikely",
  phiDirect: "Phi accrual, and every node tells all others each second that it lives",
} as const;

export type WatchDetectorName = keyof typeof watchDetectors;

/** What is laid over SWIM's numbers; Lifeguard's three parts are off in the plain one. */
const swimGiven = {
  swim: swimProfiles.lan,
  swimPlain: { lifeguardProbe: "off", lifeguardSuspicion: "off", lifeguardBuddy: "off" },
  swimSwift: swimProfiles.swift,
} as const;

const spreads = { phi: "gossip", phiDirect: "neighbours" } as const;

/** Whether it pings and suspects, where others wait for heartbeats. */
export function isSwim(name: WatchDetectorName): name is keyof typeof swimGiven {
  return Object.hasOwn(swimGiven, name);
}

/** Whether it goes by phi. */
export function isPhi(name: WatchDetectorName): name is keyof typeof spreads {
  return Object.hasOwn(spreads, name);
}

/** The one of which `swimGiven` is made. */
export const watchProfile: SwimProfile = "lan";

type Given = Readonly<Record<string, number | string>>;

/** Of SWIM, what is laid over its profile. */
export function swimGivenOf(name: keyof typeof swimGiven, numbers: WatchNumbers): Given {
  const { suspicionMultiplier } = numbers;
  return { ...swimGiven[name], ...(suspicionMultiplier > 0 && { suspicionMultiplier }) };
}

/** Of phi, what is laid over its defaults; nobody is suspect later than dead. */
export function phiGivenOf(name: keyof typeof spreads, { deadLevel }: WatchNumbers): Given {
  const shipped = phiAccrualBySpread[spreads[name]];
  if (deadLevel === 0) return shipped;
  const { suspectLevel } = phiAccrualOptions(shipped);
  return { ...shipped, deadLevel, suspectLevel: Math.min(suspectLevel, deadLevel) };
}

/** Of heartbeats, the same. */
export function heartbeatGivenOf({ failAfterMs }: WatchNumbers): Given {
  return failAfterMs > 0 ? { failAfterMs } : {};
}

/** All but seed and network. */
export function detectorOf(
  name: WatchDetectorName,
  numbers: WatchNumbers,
): Pick<DetectorTownOptions, "detector" | "swim" | "heartbeat" | "phi"> {
  if (isSwim(name)) return { detector: "swim", swim: swimGivenOf(name, numbers) };
  if (name === "heartbeat") return { detector: name, heartbeat: heartbeatGivenOf(numbers) };
  const detector = name === "phi" ? "phi" : "phi-direct";
  return { detector, phi: phiGivenOf(name, numbers) };
}
