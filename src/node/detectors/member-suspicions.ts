import { peerId } from "../../core/peer.ts";
import type { DetectorEvidence, Verdict, VerdictStatus } from "../../peers/failure-detector.ts";
import type { WhyEntry } from "../api.ts";
import { callListener } from "../call-listener.ts";
import type { DetectorLayer } from "./detector-layer.ts";
import type { Suspicion, SuspicionEvent } from "./detectors.api.ts";

export interface SuspicionPorts {
  now(): number;
  wallClock(): number;
  afterStep(body: () => void): void;
  onCallbackError(where: string, error: unknown): void;
}

type Listener = (event: SuspicionEvent) => void;

/** The verdicts of a node's detector as users see them: by name, and in wall-clock time. */
export class MemberSuspicions {
  private readonly ports: SuspicionPorts;
  private readonly layer: DetectorLayer;
  private readonly listeners = new Set<Listener>();

  constructor(ports: SuspicionPorts, layer: DetectorLayer) {
    this.ports = ports;
    this.layer = layer;
    layer.detector.subscribe({ onVerdict: (verdict, before) => this.onVerdict(verdict, before) });
  }

  of(name: string): Suspicion {
    return this.picture(this.layer.detector.verdict(peerId(name)));
  }

  on(listener: Listener): () => void {
    // A wrapper of its own, so that one function may listen twice.
    const own: Listener = (event) => listener(event);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  /** What a detector beside SWIM went by, oldest first; SWIM's own evidence is told by SWIM. */
  why(name: string): readonly WhyEntry[] {
    if (!this.layer.isBesideSwim) return [];
    const { detector } = this.layer;
    return detector.evidence(peerId(name)).map((evidence) => {
      const at = this.wallAt(evidence.atMs);
      const what = `${detector.name}.${evidence.what}`;
      const text = textOf(name, detector.name, evidence);
      const { detail } = evidence;
      return detail === undefined ? { at, what, text } : { at, what, detail, text };
    });
  }

  close(): void {
    this.listeners.clear();
  }

  private onVerdict(verdict: Verdict, before: VerdictStatus): void {
    if (this.listeners.size === 0) return;
    const at = this.ports.wallClock();
    const event = Object.freeze({ suspicion: this.picture(verdict), before, at });
    this.ports.afterStep(() => {
      for (const listener of [...this.listeners]) {
        callListener(listener, event, (error) =>
          this.ports.onCallbackError("a listener of suspicions", error),
        );
      }
    });
  }

  private picture({ heardMs, level, peer, sinceMs, status }: Verdict): Suspicion {
    const { detector } = this.layer;
    return Object.freeze({
      name: String(peer),
      detector: detectorNames.find((name) => name === detector.name) ?? "swim",
      status,
      level,
      deadLevel: detector.deadLevel,
      since: status === "unknown" ? undefined : this.wallAt(sinceMs),
      heardAt: heardMs === undefined ? undefined : this.wallAt(heardMs),
    });
  }

  private wallAt(atMs: number): number {
    return Math.round(atMs + this.ports.wallClock() - this.ports.now());
  }
}

const detectorNames = ["swim", "phi-accrual", "heartbeat"] as const;

/** One piece of evidence in one English sentence. */
function textOf(name: string, by: string, { detail, level, what }: DetectorEvidence): string {
  const behind = detail === undefined ? "." : `: ${detail}.`;
  const at = level === undefined ? "" : ` at ${level.toFixed(1)}`;
  switch (what) {
    case "heard":
      return `${by} heard a heartbeat of ${name} for the first time${behind}`;
    case "suspected":
      return `${by} suspects ${name}${at}${behind}`;
    case "died":
      return `${by} takes ${name} for dead${at}${behind}`;
    case "returned":
      return `${by} heard ${name} again${detail === undefined ? "" : ` ${detail}`}.`;
    default:
      return `${by} has forgotten ${name}${behind}`;
  }
}
