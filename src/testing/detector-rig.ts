import type { PeerId } from "../core/peer.ts";
import type {
  DetectorCount,
  DetectorWiring,
  HeartbeatDetector,
  Verdict,
  VerdictStatus,
} from "../peers/failure-detector.ts";

/** A detector by heartbeats whose clock and heartbeats a test commands. */
export class DetectorRig<D extends HeartbeatDetector> {
  readonly detector: D;
  readonly counts = new Map<DetectorCount, number>();
  /** `peer before after`, in order. */
  readonly changes: string[] = [];
  nowMs = 0;

  constructor(make: (wiring: DetectorWiring) => D) {
    const { counts } = this;
    this.detector = make({
      now: () => this.nowMs,
      afterStep: (body) => body(),
      counters: { add: (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by) },
    });
    this.detector.subscribe({
      onVerdict: ({ peer, status }: Verdict, before: VerdictStatus) =>
        this.changes.push(`${peer} ${before} ${status}`),
    });
  }

  statusOf(peer: PeerId): VerdictStatus {
    return this.detector.verdict(peer).status;
  }
}
