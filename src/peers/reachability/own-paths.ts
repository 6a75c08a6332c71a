import { type PeerId, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { PathProbe } from "./reachability.contract.ts";
import type { Hearing, PathReport, StreamState } from "./reachability.messages.ts";
import type { ReachabilityOptions } from "./reachability.options.ts";

/** Nonces of one path that may still be answered. */
const NONCES_MAX_COUNT = 4;
const NONCE_SPAN = 2 ** 32;

/**
 * doubt ─knocks unanswered▶ cut ─knocks answered▶ (forgotten)
 * doubt ─a knock answered─▶ (forgotten), or "packets" where only streams fail
 */
type PathState = "doubt" | "cut" | "packets";

interface Path {
  readonly peer: PeerId;
  /** "echo": put in doubt by the other's knock. */
  readonly why: "doubt" | "echo";
  state: PathState;
  sinceMs: number;
  /** When it was found to be cut. */
  cutAtMs: number;
  /** In a row, without an answer. */
  knocksCount: number;
  /** In a row. */
  answersCount: number;
  nonces: number[];
  nextKnockMs: number;
  waitMs: number;
  heardAtMs: number | undefined;
  via: PeerId | undefined;
  viaAtMs: number;
  streams: StreamState;
  streamsAtMs: number;
}

export interface OwnPathsPorts {
  readonly random: Random;
  readonly options: ReachabilityOptions;
  readonly now: () => number;
  readonly isLiving: (peer: PeerId) => boolean;
  readonly takesPart: (peer: PeerId) => boolean;
  readonly knock: (peer: PeerId, nonce: number, why: "doubt" | "echo") => void;
  readonly count: (name: "doubts" | "cut" | "mended" | "dropped.pathsFull") => void;
}

/**
 * The paths of this node that are not plainly sound. A probe that was not answered directly puts a
 * path in doubt; knocks then show within two seconds whether packets pass both ways, without
 * waiting for SWIM to come by again, which in a cluster of n takes n seconds.
 */
export class OwnPaths {
  private readonly ports: OwnPathsPorts;
  private readonly paths = new Map<PeerId, Path>();

  constructor(ports: OwnPathsPorts) {
    this.ports = ports;
  }

  get size(): number {
    return this.paths.size;
  }

  isCut(peer: PeerId): boolean {
    const path = this.paths.get(peer);
    return path?.state === "cut" && path.streams !== "up";
  }

  isPacketsOnly(peer: PeerId): boolean {
    return this.paths.get(peer)?.state === "packets";
  }

  onProbed(peer: PeerId, probe: PathProbe): void {
    if (probe.kind === "direct") return this.onAnswered(this.paths.get(peer));
    const path = this.doubt(peer, "doubt");
    if (path === undefined) return;
    const now = this.ports.now();
    if (probe.kind === "stream") this.setStreams(path, "up");
    // A stream was tried as well, where SWIM does that.
    if (probe.kind === "none" && path.streams === "up") this.setStreams(path, "unknown");
    if (probe.kind === "indirect") {
      const isKept = path.via !== undefined && now - path.viaAtMs < this.ports.options.rowMaxAgeMs;
      // Another one at each probe would make a new row each time.
      if (!isKept) path.via = peerId(probe.by);
      path.viaAtMs = now;
    }
    // Nobody there answers knocks: a second probe has to do.
    if (!this.ports.takesPart(peer)) this.noteSilence(path);
  }

  /** A dial of a stream to this peer has ended. */
  onStream(peer: PeerId, state: "up" | "down"): void {
    const known = this.paths.get(peer);
    if (state === "down") {
      const path = known ?? this.doubt(peer, "doubt");
      if (path !== undefined) this.setStreams(path, "down");
    } else if (known !== undefined) {
      this.setStreams(known, "up");
      if (known.state === "packets") this.paths.delete(peer);
    }
  }

  /** Something came on a stream of this node's own that has stood for a while. */
  onStreamHeard(peer: PeerId): void {
    const path = this.paths.get(peer);
    if (path?.state !== "cut") return;
    // What was on its way when the path was cut, or came by the one way that is left, came before.
    if (this.ports.now() - path.cutAtMs < this.ports.options.heardWithinMs) return;
    this.setStreams(path, "up");
  }

  /** A message of it has arrived by packet. */
  onHeard(peer: PeerId): void {
    const path = this.paths.get(peer);
    if (path !== undefined) path.heardAtMs = this.ports.now();
  }

  onAnswer(peer: PeerId, nonce: number): void {
    const path = this.paths.get(peer);
    if (path?.nonces.includes(nonce) !== true) return;
    path.nonces = [];
    this.onAnswered(path);
  }

  /** Starts to find out; undefined when too many paths are in doubt. */
  doubt(peer: PeerId, why: "doubt" | "echo"): Path | undefined {
    const { options, now } = this.ports;
    const known = this.paths.get(peer);
    if (known !== undefined) {
      if (known.state === "packets") Object.assign(known, { state: "doubt", knocksCount: 0 });
      return known;
    }
    if (this.paths.size >= options.pathsMaxCount) {
      this.ports.count("dropped.pathsFull");
      return undefined;
    }
    this.ports.count("doubts");
    const nowMs = now();
    const path: Path = {
      peer,
      why,
      state: "doubt",
      sinceMs: nowMs,
      cutAtMs: nowMs,
      knocksCount: 0,
      answersCount: 0,
      nonces: [],
      nextKnockMs: nowMs,
      waitMs: options.knockMinMs,
      heardAtMs: undefined,
      via: undefined,
      viaAtMs: nowMs,
      streams: "unknown",
      streamsAtMs: nowMs,
    };
    this.paths.set(peer, path);
    return path;
  }

  onRound(): void {
    for (const path of [...this.paths.values()]) {
      if (this.ports.isLiving(path.peer)) this.lookAfter(path);
      else this.paths.delete(path.peer);
    }
  }

  /** All that is known to be wrong; `which`: or what others are told of it. */
  reports(which: "all" | "told"): PathReport[] {
    const reports: PathReport[] = [];
    const nowMs = this.ports.now();
    for (const path of this.paths.values()) {
      if (path.state === "doubt" || (which === "told" && !this.isTold(path, nowMs))) continue;
      const { peer, sinceMs, streams, via } = path;
      const packets = path.state === "cut" ? "unanswered" : "answered";
      const hearing = this.hearingOf(path, nowMs);
      reports.push({ peer, packets, hearing, streams, via, sinceMs: nowMs - sinceMs });
    }
    return reports;
  }

  private onAnswered(path: Path | undefined): void {
    if (path === undefined) return;
    path.heardAtMs = this.ports.now();
    path.knocksCount = 0;
    path.answersCount += 1;
    path.nextKnockMs = path.heardAtMs;
    // Who answers no knocks is probed every now and then only.
    const isKnocked = path.state === "cut" && this.ports.takesPart(path.peer);
    const needed = isKnocked ? this.ports.options.answersCount : 1;
    if (path.answersCount < needed) return;
    if (path.state === "cut") this.ports.count("mended");
    if (path.streams === "down") {
      if (path.state !== "packets") path.sinceMs = this.ports.now();
      path.state = "packets";
    } else this.paths.delete(path.peer);
  }

  private lookAfter(path: Path): void {
    const { now, options } = this.ports;
    const nowMs = now();
    if (path.streams !== "unknown" && nowMs - path.streamsAtMs >= options.rowMaxAgeMs) {
      // Nobody has tried since.
      this.setStreams(path, "unknown");
      if (path.state === "packets") this.paths.delete(path.peer);
    }
    const isQuiet = path.state === "packets" || nowMs < path.nextKnockMs;
    if (isQuiet || !this.ports.takesPart(path.peer)) return;
    if (path.nonces.length > 0) this.noteSilence(path);
    const isWaiting = path.state === "cut" && path.answersCount === 0;
    if (isWaiting) {
      path.nextKnockMs = nowMs + path.waitMs;
      path.waitMs = Math.min(options.knockMaxMs, 2 * path.waitMs);
    }
    const nonce = this.ports.random.below(NONCE_SPAN);
    path.nonces = [...path.nonces.slice(1 - NONCES_MAX_COUNT), nonce];
    this.ports.knock(path.peer, nonce, path.why);
  }

  private noteSilence(path: Path): void {
    path.answersCount = 0;
    path.knocksCount += 1;
    const { knocksCount } = this.ports.options;
    const needed = this.ports.takesPart(path.peer) ? knocksCount : Math.min(2, knocksCount);
    if (path.state !== "doubt" || path.knocksCount < needed) return;
    path.state = "cut";
    path.cutAtMs = this.ports.now();
    this.ports.count("cut");
  }

  private setStreams(path: Path, streams: StreamState): void {
    path.streams = streams;
    path.streamsAtMs = this.ports.now();
  }

  private hearingOf({ heardAtMs, peer }: Path, nowMs: number): Hearing {
    if (!this.ports.takesPart(peer)) return "unknown";
    const { heardWithinMs } = this.ports.options;
    return heardAtMs !== undefined && nowMs - heardAtMs < heardWithinMs ? "heard" : "silent";
  }

  /** A member that nobody reaches is dying, which SWIM tells all others sooner. */
  private isTold(path: Path, nowMs: number): boolean {
    if (path.state === "packets") return true;
    const { heardAtMs, sinceMs, streams, via } = path;
    if (via !== undefined || streams === "up" || heardAtMs !== undefined) return true;
    return nowMs - sinceMs >= this.ports.options.noneAfterMs;
  }
}
