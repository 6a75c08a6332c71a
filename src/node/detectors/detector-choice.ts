import { HearsayError } from "../../core/errors.ts";
import { heartbeatOptions } from "../../peers/heartbeat/heartbeat.options.ts";
import {
  phiAccrualBySpread,
  phiAccrualOptions,
  phiAccrualPresets,
} from "../../peers/phi-accrual/phi-accrual.options.ts";
import { checkNames } from "../infos/checks.ts";
import type { DetectorOptions } from "./detector-layer.ts";
import type { DetectorChoice, HeartbeatsChoice, PhiAccrualChoice } from "./detectors.api.ts";

/**
 * Phi accrual beside SWIM, for `startNode({ detector })`: how unlikely a member's silence is, by
 * its heartbeats so far. All nodes that shall be judged need it or `heartbeats`, with one spread.
 * Unless given: by gossip the exponential model, suspect at 3 and dead at 5; straight to neighbours
 * the normal one, 5 and 8, and stops of 5 s are accepted.
 * [Hayashibara, Défago, Yared, Katayama 2004]
 */
export function phiAccrual(choice: PhiAccrualChoice = {}): DetectorChoice {
  checkNames("phiAccrual", choice, ["preset", "options", "heartbeat", "domainTags"]);
  const { domainTags = [], heartbeat = {}, options = {}, preset } = choice;
  return { kind: "phi-accrual", preset, phi: options, heartbeat, domainTags };
}

/**
 * Gossiped heartbeats beside SWIM, for `startNode({ detector })`: a member that was not heard of
 * for T_fail is dead. [van Renesse, Minsky, Hayden 1998]
 */
export function heartbeats(choice: HeartbeatsChoice = {}): DetectorChoice {
  checkNames("heartbeats", choice, ["heartbeat", "domainTags"]);
  const { domainTags = [], heartbeat = {} } = choice;
  return { kind: "heartbeat", phi: {}, heartbeat, domainTags };
}

/** @throws HearsayError CONFIG_OPTION */
export function detectorOptions(choice: DetectorChoice | undefined): DetectorOptions | undefined {
  if (choice === undefined) return undefined;
  const { domainTags, kind, phi, preset } = choice;
  if (kind !== "phi-accrual" && kind !== "heartbeat") {
    const fix = "detector must be what phiAccrual({ … }) or heartbeats({ … }) returns.";
    throw new HearsayError("CONFIG_OPTION", fix);
  }
  if (preset !== undefined && !Object.hasOwn(phiAccrualPresets, preset)) {
    const known = Object.keys(phiAccrualPresets).join(" or ");
    throw new HearsayError("CONFIG_OPTION", `phiAccrual: the preset must be ${known}.`);
  }
  if (!Array.isArray(domainTags) || domainTags.some((tag) => typeof tag !== "string")) {
    throw new HearsayError("CONFIG_OPTION", "domainTags must be a list of names of tags.");
  }
  const heartbeat = heartbeatOptions(choice.heartbeat);
  if (kind === "heartbeat") return { heartbeat, domainTags };
  const own = phiAccrualBySpread[heartbeat.spread];
  const given = preset === undefined ? { ...own, ...phi } : phi;
  const judged = phiAccrualOptions(given, preset);
  const leastMs = 2 * heartbeat.roundIntervalMs;
  if (judged.localPauseMs < leastMs) {
    const why = "two rounds of heartbeats; else each round says that this node stood still.";
    const fix = `phiAccrual.localPauseMs must be ${leastMs} or more: ${why}`;
    throw new HearsayError("CONFIG_OPTION", fix);
  }
  return { heartbeat, domainTags, phi: judged };
}
