import { assert } from "../core/assert.ts";
import type { PeerId } from "../core/peer.ts";
import type {
  DetectorListener,
  FailureDetector,
  Verdict,
  VerdictStatus,
} from "../peers/failure-detector.ts";
import { assertEqual, type TestApi } from "./test-api.ts";

/** A few nodes in virtual time, each of which watches all others. */
export interface DetectorRig {
  readonly nodesCount: number;
  /** The detector of one node. */
  detector(observer: number): FailureDetector;
  /** A node's name, as detectors see it. */
  peer(index: number): PeerId;
  /** The time at one node. */
  nowMs(observer: number): number;
  /** Lets time pass. */
  runForMs(durationMs: number): void;
  /** One node says nothing from now on. */
  crash(index: number): void;
  /** A crashed node begins a new life. */
  restart(index: number): void;
  /** The first `count` nodes hear only each other. */
  cut(count: number): void;
  /** Ends the faults of the network. */
  heal(): void;
  /** Has the node hear whatever a hostile peer may send: made-up names, and nonsense of `of`. */
  insult(index: number, nonsense: { of: PeerId; madeUpCount: number; series: number }): void;
}

/** What the detector under test promises. */
export interface DetectorTraits {
  /** From a crash until everybody knows, at the latest. */
  readonly detectMs: number;
  /** From the end of a fault until everybody knows that all are there. */
  readonly recoverMs: number;
  /** Most peers that it keeps. */
  readonly peersMaxCount: number;
}

const QUIET_MS = 300_000;
const STEP_MS = 500;

/** What was told to a listener of each node. */
class Ear {
  readonly log: string[] = [];

  constructor(rig: DetectorRig) {
    for (let observer = 0; observer < rig.nodesCount; observer += 1) {
      rig.detector(observer).subscribe(this.of(rig, observer));
    }
  }

  private of(rig: DetectorRig, observer: number): DetectorListener {
    return {
      onVerdict: (verdict: Verdict, before: VerdictStatus) => {
        const { peer, status } = verdict;
        const now = rig.detector(observer).verdict(peer).status;
        assertEqual(now, status, "what a listener is told is what the detector says");
        assert(before !== status, `${peer} was ${before} before, too`);
        this.log.push(`${observer}: ${peer} ${before} → ${status}`);
      },
    };
  }
}

/** Everybody's verdicts about everybody: `observer: subject status`. */
function wrong(
  rig: DetectorRig,
  wanted: (observer: number, subject: number) => string | undefined,
) {
  const found: string[] = [];
  for (let observer = 0; observer < rig.nodesCount; observer += 1) {
    for (let subject = 0; subject < rig.nodesCount; subject += 1) {
      const expected = observer === subject ? undefined : wanted(observer, subject);
      if (expected === undefined) continue;
      const { status } = rig.detector(observer).verdict(rig.peer(subject));
      if (status !== expected) found.push(`${observer}: ${subject} is ${status}, not ${expected}`);
    }
  }
  return found;
}

const allAlive = (rig: DetectorRig): string[] => wrong(rig, () => "alive");

/** What every failure detector keeps. `make` is called once for each test; all know all. */
export function failureDetectorContract(
  api: TestApi,
  name: string,
  make: () => DetectorRig,
  traits: DetectorTraits,
): void {
  const begin = (): DetectorRig => {
    const rig = make();
    rig.runForMs(traits.recoverMs);
    assertEqual(allAlive(rig), [], "at the start");
    return rig;
  };
  api.describe(`failure detector contract: ${name}`, () => {
    api.test("of strangers it says that they are unknown", () => {
      const rig = begin();
      const detector = rig.detector(0);
      const stranger = "nobody" as PeerId;
      const { heardMs, level, status } = detector.verdict(stranger);
      assertEqual([status, level, heardMs], ["unknown", 0, undefined], "the verdict");
      assertEqual(detector.evidence(stranger), [], "the evidence");
      assert(detector.name.length > 0, "it has a name");
    });
    api.test("on a quiet network nobody is ever suspected", () => {
      const rig = begin();
      const ear = new Ear(rig);
      let highest = 0;
      for (let passed = 0; passed < QUIET_MS; passed += STEP_MS * 10) {
        rig.runForMs(STEP_MS * 10);
        rig.detector(0).forEachPeer(({ level }) => {
          highest = Math.max(highest, level);
        });
      }
      assertEqual(ear.log, [], "what was told");
      assertEqual(allAlive(rig), [], "at the end");
      assert(highest < rig.detector(0).deadLevel, `a level of ${highest}`);
    });
    crashTests(api, begin, traits);
    faultTests(api, begin, traits);
  });
}

function crashTests(api: TestApi, begin: () => DetectorRig, traits: DetectorTraits): void {
  api.test("who crashed is dead to everybody within the bound, and nobody else is", () => {
    const rig = begin();
    const ear = new Ear(rig);
    const crashedMs = rig.nowMs(0);
    rig.crash(1);
    rig.runForMs(traits.detectMs);
    const verdicts = wrong(rig, (observer, subject) => {
      if (observer === 1) return undefined;
      return subject === 1 ? "dead" : "alive";
    });
    assertEqual(verdicts, [], "after the bound");
    const { level, sinceMs } = rig.detector(0).verdict(rig.peer(1));
    assert(level >= rig.detector(0).deadLevel, `the level of a dead one is ${level}`);
    assert(sinceMs > crashedMs && sinceMs <= rig.nowMs(0), `dead since ${sinceMs}`);
    const deaths = ear.log.filter((line) => line.endsWith("→ dead"));
    assertEqual(deaths.length, rig.nodesCount - 1, "deaths told");
    assertEqual(new Set(deaths).size, deaths.length, "each once");
  });

  api.test("evidence is in order, of the past, and ends with what led to the verdict", () => {
    const rig = begin();
    const crashedMs = rig.nowMs(0);
    rig.crash(1);
    rig.runForMs(traits.detectMs);
    const chain = rig.detector(0).evidence(rig.peer(1));
    assert(chain.length > 0, "there is evidence");
    const times = chain.map(({ atMs }) => atMs);
    assertEqual(
      times,
      [...times].sort((one, other) => one - other),
      "its order",
    );
    const last = times.at(-1) ?? 0;
    assert(last > crashedMs && last <= rig.nowMs(0), `the last at ${last}`);
  });

  api.test("who was started again is alive again", () => {
    const rig = begin();
    rig.crash(1);
    rig.runForMs(traits.detectMs);
    rig.restart(1);
    rig.runForMs(traits.recoverMs);
    assertEqual(allAlive(rig), [], "after the restart");
  });
}

function faultTests(api: TestApi, begin: () => DetectorRig, traits: DetectorTraits): void {
  api.test("both sides of a cut take each other for dead, and see each other after it", () => {
    const rig = begin();
    const ear = new Ear(rig);
    const side = Math.floor(rig.nodesCount / 2);
    rig.cut(side);
    rig.runForMs(traits.detectMs);
    const verdicts = wrong(rig, (observer, subject) =>
      observer < side === subject < side ? "alive" : "dead",
    );
    assertEqual(verdicts, [], "in two halves");
    rig.heal();
    rig.runForMs(traits.recoverMs);
    assertEqual(allAlive(rig), [], "as a whole");
    assert(
      ear.log.some((line) => line.endsWith("dead → alive")),
      "that they are back is told",
    );
  });

  api.test("made-up names fill no more than the bound, and nobody real is lost by them", () => {
    const rig = begin();
    for (let series = 0; series < 20; series += 1) {
      rig.insult(0, { of: rig.peer(2), madeUpCount: 100, series });
    }
    assert(rig.detector(0).peersCount <= traits.peersMaxCount, "the bound");
    rig.runForMs(traits.detectMs + traits.recoverMs);
    assertEqual(
      wrong(rig, () => "alive"),
      [],
      "the real ones",
    );
  });

  api.test("hostile messages about a crashed one do not hide its death", () => {
    const rig = begin();
    rig.crash(2);
    for (let passed = 0; passed < traits.detectMs; passed += STEP_MS) {
      rig.runForMs(STEP_MS);
      rig.insult(0, { of: rig.peer(2), madeUpCount: 1, series: 0 });
    }
    assertEqual(rig.detector(0).verdict(rig.peer(2)).status, "dead", "the crashed one");
  });
}
