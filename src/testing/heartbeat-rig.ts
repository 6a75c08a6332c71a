import { type PeerId, peerId } from "../core/peer.ts";
import type { DetectorWiring } from "../peers/failure-detector.ts";
import type { HeartbeatCount, HeartbeatWiring } from "../peers/heartbeat/heartbeat.contract.ts";
import type { HeartbeatMessage } from "../peers/heartbeat/heartbeat.messages.ts";
import { heartbeatOptions } from "../peers/heartbeat/heartbeat.options.ts";
import { Heartbeats, type HeartbeatTimer } from "../peers/heartbeat/heartbeat.ts";
import { heartbeatSizes } from "../peers/heartbeat/heartbeat.wire.ts";
import { SilenceDetector } from "../peers/heartbeat/silence-detector.ts";
import { StaticView } from "../peers/static/static-view.ts";
import { RecordingEnv } from "./recording-env.ts";

export const SELF = peerId("self");
export const [A, B, C] = [peerId("a"), peerId("b"), peerId("c")];

/** One node that hears heartbeats, and whose peers `a`, `b` and `c` a test plays. */
export class HeartbeatRig {
  readonly env = new RecordingEnv<HeartbeatMessage, HeartbeatTimer>({ self: SELF });
  readonly counts = new Map<HeartbeatCount, number>();
  readonly view = new StaticView(SELF);
  readonly detector: SilenceDetector;
  readonly beats: Heartbeats;

  constructor(
    given: Parameters<typeof heartbeatOptions>[0] = {},
    wiring: Partial<HeartbeatWiring> = {},
  ) {
    const options = heartbeatOptions({ failAfterMs: 10_000, ...given });
    const counters = {
      add: (name: HeartbeatCount, by = 1) => {
        this.counts.set(name, (this.counts.get(name) ?? 0) + by);
      },
    };
    const told: DetectorWiring = { now: () => this.env.now(), afterStep: (run) => run(), counters };
    const cluster = { membersCount: () => this.view.population, entryBytes: 24 };
    this.detector = new SilenceDetector(told, options, cluster);
    const { detector, view } = this;
    const around = { peers: view, detector, sizes: heartbeatSizes, counters, ...wiring };
    this.beats = new Heartbeats(this.env, around, options);
    for (const peer of [A, B, C]) view.add(peer);
    this.beats.start();
  }

  hear(from: PeerId, ...entries: readonly (readonly [PeerId, number])[]): void {
    const told = entries.map(([peer, beat]) => ({ peer, beat }));
    this.beats.onMessage(from, { kind: "gossip", entries: told });
  }

  rounds(count: number): HeartbeatMessage[] {
    return this.sentIn(count).map(({ message }) => message);
  }

  sentIn(seconds: number): readonly { to: PeerId; message: HeartbeatMessage }[] {
    this.env.taken();
    this.env.advance(seconds * 1_000, this.beats);
    return this.env.sent;
  }

  statusOf(peer: PeerId): string {
    return this.detector.verdict(peer).status;
  }
}
