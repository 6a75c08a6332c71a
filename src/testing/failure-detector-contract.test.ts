import { describe, test } from "vitest";
import type { DetectorTownOptions } from "../sim/experiments/detector-town.contract.ts";
import { DetectorTown } from "../sim/experiments/detector-town.ts";
import { type DetectorRig, failureDetectorContract } from "./failure-detector-contract.ts";

const api = { describe, test };
const NODES = 8;
const BOUNDS = { peersMaxCount: 64 };

function rig(options: Omit<DetectorTownOptions, "seed" | "nodesCount">): DetectorRig {
  const town = new DetectorTown({ seed: 8, nodesCount: NODES, ...options });
  return {
    nodesCount: NODES,
    detector: (observer) => town.member(observer).detector,
    peer: (index) => town.peer(index),
    nowMs: () => town.simulator.nowMs,
    runForMs: (ms) => town.runForMs(ms),
    crash: (index) => town.crash(index),
    restart: (index) => town.restart(index),
    cut: (count) => town.cut(count),
    heal: () => town.heal(),
    insult: (index, nonsense) => town.insult(index, nonsense),
  };
}

const heartbeat = { ...BOUNDS, broadcast: "on" };

failureDetectorContract(
  api,
  "SWIM",
  () => rig({ detector: "swim", swim: { membersMaxCount: 64 } }),
  { detectMs: 35_000, recoverMs: 30_000, peersMaxCount: 64 },
);
failureDetectorContract(api, "heartbeat", () => rig({ detector: "heartbeat", heartbeat }), {
  detectMs: 40_000,
  recoverMs: 40_000,
  peersMaxCount: 64,
});
failureDetectorContract(
  api,
  "phi accrual by gossip",
  () => rig({ detector: "phi", heartbeat, phi: { ...BOUNDS, acceptablePauseMs: 3_000 } }),
  { detectMs: 30_000, recoverMs: 40_000, peersMaxCount: 64 },
);
failureDetectorContract(
  api,
  "phi accrual by direct heartbeats, as Akka has it",
  () => rig({ detector: "phi-direct", heartbeat: BOUNDS, phi: BOUNDS, phiPreset: "akka" }),
  { detectMs: 8_000, recoverMs: 20_000, peersMaxCount: 64 },
);
