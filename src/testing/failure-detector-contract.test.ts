import { describe, expect, test } from "vitest";
import type { PeerId } from "../core/peer.ts";
import type {
  DetectorEvidence,
  DetectorListener,
  FailureDetector,
  Verdict,
  VerdictStatus,
} from "../peers/failure-detector.ts";
import type { DetectorTownOptions } from "../sim/experiments/detectors/town.contract.ts";
import { DetectorTown } from "../sim/experiments/detectors/town.ts";
import { type DetectorRig, failureDetectorContract } from "./failure-detector-contract.ts";
import { runSuite } from "./test-api.ts";

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

/** What a wrong detector may do. */
type Fault =
  | "knowsStrangers"
  | "jumpy"
  | "blind"
  | "forgetsReasons"
  | "tellsTwice"
  | "unforgiving"
  | "hoards";

/** A right one that does one thing wrong. */
class FaultyDetector implements FailureDetector {
  readonly name = "faulty";
  private readonly right: FailureDetector;
  private readonly fault: Fault;
  private readonly died = new Set<PeerId>();
  private asked = 0;

  constructor(right: FailureDetector, fault: Fault) {
    this.right = right;
    this.fault = fault;
    right.subscribe({
      onVerdict: ({ peer, status }) => {
        if (status === "dead") this.died.add(peer);
      },
    });
  }

  get deadLevel(): number {
    return this.right.deadLevel;
  }

  get peersCount(): number {
    return this.fault === "hoards" ? 1_000 : this.right.peersCount;
  }

  verdict(peer: PeerId): Verdict {
    return { ...this.right.verdict(peer), status: this.statusOf(peer) };
  }

  statusOf(peer: PeerId): VerdictStatus {
    const { fault } = this;
    const status = this.right.statusOf(peer);
    this.asked += 1;
    if (fault === "knowsStrangers" && status === "unknown") return "alive";
    if (fault === "jumpy" && this.asked > NODES) return "suspect";
    if (fault === "unforgiving" && this.died.has(peer)) return "dead";
    return fault === "blind" && status === "dead" ? "alive" : status;
  }

  evidence(peer: PeerId): readonly DetectorEvidence[] {
    return this.fault === "forgetsReasons" ? [] : this.right.evidence(peer);
  }

  forEachPeer(visit: (verdict: Verdict) => void): void {
    this.right.forEachPeer(visit);
  }

  subscribe(listener: DetectorListener): void {
    const times = this.fault === "tellsTwice" ? 2 : 1;
    for (let time = 0; time < times; time += 1) this.right.subscribe(listener);
  }
}

function faultyRig(fault: Fault): DetectorRig {
  const right = rig({ detector: "phi-direct", heartbeat: BOUNDS, phi: BOUNDS, phiPreset: "akka" });
  const detectors = new Map<FailureDetector, FaultyDetector>();
  const detector = (observer: number): FailureDetector => {
    const one = right.detector(observer);
    const known = detectors.get(one) ?? new FaultyDetector(one, fault);
    detectors.set(one, known);
    return known;
  };
  return { ...right, detector };
}

describe("the failure detector contract notices", () => {
  test.each<[Fault, string]>([
    ["knowsStrangers", "of strangers"],
    ["jumpy", "on a quiet network"],
    ["blind", "who crashed is dead"],
    ["forgetsReasons", "evidence is in order"],
    ["tellsTwice", "who crashed is dead"],
    ["unforgiving", "both sides of a cut"],
    ["blind", "hostile messages"],
    ["hoards", "made-up names"],
  ])("%s", async (fault, where) => {
    const traits = { detectMs: 8_000, recoverMs: 20_000, peersMaxCount: 64 };
    const make = (): DetectorRig => faultyRig(fault);
    const results = await runSuite(
      (suite) => failureDetectorContract(suite, fault, make, traits),
      where,
    );
    expect(results.length).toBeGreaterThan(0);
    expect(results.some((result) => result.error instanceof Error)).toBe(true);
  });
});
