import { type PeerId, peerId } from "../../../core/peer.ts";
import type { DetectorWiring, HeartbeatDetector } from "../../../peers/failure-detector.ts";
import type { HeartbeatSizes } from "../../../peers/heartbeat/heartbeat.contract.ts";
import type {
  HeartbeatEntry,
  HeartbeatMessage,
} from "../../../peers/heartbeat/heartbeat.messages.ts";
import { heartbeatOptions } from "../../../peers/heartbeat/heartbeat.options.ts";
import { Heartbeats, type HeartbeatTimer } from "../../../peers/heartbeat/heartbeat.ts";
import { newsIntervalMs } from "../../../peers/heartbeat/news-interval.ts";
import { SilenceDetector } from "../../../peers/heartbeat/silence-detector.ts";
import { phiAccrualOptions } from "../../../peers/phi-accrual/phi-accrual.options.ts";
import { PhiAccrual } from "../../../peers/phi-accrual/phi-accrual.ts";
import { StaticView } from "../../../peers/static/static-view.ts";
import type { SimNode } from "../../sim-node.ts";
import type { DetectorTownOptions, Nonsense, TownKind, TownMember } from "./town.contract.ts";

/** A frame, and what carries it in a packet. */
const FRAME_BYTES = 24;
/** Kind and count. */
const HEAD_BYTES = 3;
/** A short name, and the milliseconds of a wall clock as a varint. */
export const BEAT_ENTRY_BYTES = 10;

const sizes: HeartbeatSizes = { headBytes: HEAD_BYTES, entryBytes: () => BEAT_ENTRY_BYTES };

/** Towns whose nodes gossip heartbeats, or send them to all. */
export const beatingKind: TownKind = {
  build: (host, options) => new BeatingMember(host, options),
  peer: (index) => peerId(index),
  indexOf: (peer) => Number(peer),
  bytesOf(message) {
    const { entries } = message as Partial<HeartbeatMessage>;
    // What a view sends is its own cost.
    if (entries === undefined) return 0;
    return FRAME_BYTES + HEAD_BYTES + entries.length * BEAT_ENTRY_BYTES;
  },
};

class BeatingMember implements TownMember {
  readonly detector: HeartbeatDetector;
  private readonly beats: Heartbeats;
  /** Absent where the view is given. */
  private readonly known: StaticView | undefined;

  constructor(host: SimNode, setting: DetectorTownOptions) {
    const { detector: choice, domainsOf, heartbeat, viewOf } = setting;
    const spread = choice === "phi-direct" ? "neighbours" : "gossip";
    const options = heartbeatOptions({ spread, ...heartbeat });
    const known = new StaticView(host.self);
    const peers = viewOf?.(host) ?? known;
    this.known = peers === known ? known : undefined;
    const counters = { add: () => undefined };
    const parts: { detector: HeartbeatDetector | undefined } = { detector: undefined };
    this.beats = host.mountDirect<HeartbeatMessage, HeartbeatTimer, Heartbeats>(
      "heartbeat",
      (env) => {
        const now = () => env.now();
        const told: DetectorWiring = { now, afterStep: (body) => host.afterStep(body), counters };
        const { phi, phiPreset } = setting;
        const cluster = { membersCount: () => peers.population, entryBytes: BEAT_ENTRY_BYTES };
        const detector =
          choice === "heartbeat"
            ? new SilenceDetector(told, options, cluster)
            : new PhiAccrual(told, phiAccrualOptions(phi, phiPreset), () =>
                newsIntervalMs(cluster, options),
              );
        parts.detector = detector;
        return new Heartbeats(env, { peers, detector, sizes, counters, domainsOf }, options);
      },
    );
    if (parts.detector === undefined) throw new Error("a protocol is made when it is mounted");
    this.detector = parts.detector;
    this.beats.start();
  }

  meet(peer: PeerId): void {
    this.known?.add(peer);
  }

  beatOf(peer: PeerId): number | undefined {
    return this.beats.beatOf(peer);
  }

  insult({ madeUpCount, of, series }: Nonsense): void {
    const far = Number.MAX_SAFE_INTEGER;
    const entries: HeartbeatEntry[] = [{ peer: of, beat: far }];
    for (let index = 0; index < madeUpCount; index += 1) {
      entries.push({ peer: peerId(`nobody-${series}-${index}`), beat: index });
    }
    entries.push({ peer: of, beat: 0 });
    for (const kind of ["gossip", "broadcast"] as const) {
      this.beats.onMessage(of, { kind, entries });
    }
  }
}
