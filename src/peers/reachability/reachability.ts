import { Allowance } from "../../core/allowance.ts";
import { unreachable } from "../../core/assert.ts";
import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import { OwnPaths } from "./own-paths.ts";
import type { PathProbe, ReachabilityWiring } from "./reachability.contract.ts";
import {
  type PathReport,
  type ReachabilityMessage,
  type ReachabilityTimer,
  ROW_PATHS_MAX_COUNT,
  type Row,
  type RowHead,
} from "./reachability.messages.ts";
import type { ReachabilityOptions } from "./reachability.options.ts";
import { isLater, Rows } from "./rows.ts";

/** Paths of one message, so that most messages fit into a packet. */
const NEWS_PATHS_MAX_COUNT = 24;
/** Of an answer to a comparison, which may take a stream. */
const REPLY_PATHS_MAX_COUNT = 512;
/** With so many paths that are wrong, changes are told once a round; with twice as many, half as
 * often. [because: all of them are looked at each time] */
const TOLD_EACH_ROUND_COUNT = 1_000;
/** A number beyond is no version that anybody came to by counting. */
const ABSURD_SEQ = 2 ** 48;

/**
 * Who reaches whom, as a state of its own. Each node tells the others of those of its paths that
 * are not sound, and of no others: where all is well nothing is sent, kept or timed.
 *
 * A row is all that one node says. It spreads as a rumour, later comparisons mend what that has
 * missed, its node says it again while there is something in it, and what is not said again
 * expires. Only its node raises its version.
 */
export class Reachability implements Protocol<ReachabilityMessage, ReachabilityTimer> {
  private readonly env: Env<ReachabilityMessage, ReachabilityTimer>;
  private readonly wiring: ReachabilityWiring;
  private readonly options: ReachabilityOptions;
  private readonly paths: OwnPaths;
  private readonly rows = new Rows();
  private readonly allowance: Allowance;
  private toldKey = "";
  private localKey = "";
  private seq = 0;
  private toldAtMs = 0;
  private comparedAtMs = 0;
  private owesChange = false;
  private nextChangeAtMs = 0;
  private phase: "new" | "idle" | "busy" | "stopped" = "new";

  constructor(
    env: Env<ReachabilityMessage, ReachabilityTimer>,
    wiring: ReachabilityWiring,
    options: ReachabilityOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.allowance = new Allowance(options.messagesPerSecond, env.now());
    this.paths = new OwnPaths({
      random: env.random,
      options,
      now: () => env.now(),
      isLiving: (peer) => wiring.isLiving(peer),
      takesPart: (peer) => wiring.takesPart(peer),
      knock: (peer, nonce, why) => {
        wiring.counters.add("reachability.knocks");
        this.say(peer, { kind: "knock", nonce, why });
      },
      count: (name) => wiring.counters.add(`reachability.${name}`),
    });
  }

  start(): void {
    this.phase = "idle";
  }

  stop(): void {
    this.phase = "stopped";
  }

  /** What this node itself knows to be wrong, told to others or not. */
  ownPaths(): readonly PathReport[] {
    return this.paths.reports("all");
  }

  /** Whether this node itself gets no answer of the peer. */
  isCut(peer: PeerId): boolean {
    return this.paths.isCut(peer);
  }

  /** Whether packets pass to the peer and back, and streams do not. */
  isPacketsOnly(peer: PeerId): boolean {
    return this.paths.isPacketsOnly(peer);
  }

  /** What others say, as far as it was not too long ago. */
  rowsOfOthers(): readonly Row[] {
    const { self } = this.env;
    return [...this.rows.all(this.env.now())].filter(({ node }) => node !== self);
  }

  /** A probe of this node has ended. */
  onProbed(peer: PeerId, probe: PathProbe): void {
    if (!this.isRunning) return;
    this.paths.onProbed(peer, probe);
    this.review();
  }

  /** A dial of a stream to this peer, or one of its own, has ended. */
  onStream(peer: PeerId, state: "up" | "down"): void {
    if (!this.isRunning) return;
    this.paths.onStream(peer, state);
    this.review();
  }

  /** Something came on a stream of this node's own that has stood for a while. */
  onStreamHeard(peer: PeerId): void {
    if (!this.isRunning || this.paths.size === 0) return;
    this.paths.onStreamHeard(peer);
    this.review();
  }

  /** By packet, from the peer itself. */
  onMessage(from: PeerId, message: ReachabilityMessage): void {
    if (!this.isRunning) return;
    if (!this.wiring.isLiving(from)) return this.drop("stranger");
    if (this.allowance.take(1, this.env.now()) === 0) return this.drop("tooMany");
    switch (message.kind) {
      case "knock":
        // The other kinds may be long, and then they come by streams.
        this.paths.onHeard(from);
        this.say(from, { kind: "answer", nonce: message.nonce });
        // It cannot know whether this answer arrives, and this node wants to know the same.
        if (message.why === "doubt") this.paths.doubt(from, "echo");
        break;
      case "answer":
        this.paths.onHeard(from);
        this.paths.onAnswer(from, message.nonce);
        break;
      case "rows":
        for (const row of message.rows) this.onRow(row);
        break;
      case "heads":
        this.onHeads(from, message.heads, message.why);
        break;
      default:
        unreachable(message);
    }
    this.review();
  }

  onTimer(timer: ReachabilityTimer): void {
    if (timer.kind !== "round" || this.phase !== "busy") return;
    const nowMs = this.env.now();
    this.phase = "idle";
    this.paths.onRound();
    const isLiving = (node: PeerId) => node === this.env.self || this.wiring.isLiving(node);
    const hasChanged = this.rows.expire(nowMs, this.options.rowMaxAgeMs, isLiving);
    if (hasChanged) this.owesChange = true;
    this.review();
    this.tellNews();
    this.compare();
  }

  private get isRunning(): boolean {
    return this.phase === "idle" || this.phase === "busy";
  }

  /** After anything that may have changed something. */
  private review(): void {
    const all = keyOf(this.paths.reports("all"));
    if (all !== this.localKey) {
      this.localKey = all;
      this.owesChange = true;
    }
    const told = this.paths.reports("told");
    const key = keyOf(told);
    const isDue = this.env.now() - this.toldAtMs >= this.options.renewIntervalMs;
    if (key !== this.toldKey || (told.length > 0 && isDue)) this.writeRow(told, key);
    this.tellChange();
    const isNeeded = this.paths.size > 0 || this.rows.size > 0 || this.owesChange;
    if (!isNeeded || this.phase !== "idle") return;
    this.phase = "busy";
    this.env.setTimer({ kind: "round" }, this.options.roundIntervalMs);
  }

  /** At once what is the first for a while. */
  private tellChange(): void {
    const nowMs = this.env.now();
    if (!this.owesChange || nowMs < this.nextChangeAtMs) return;
    this.owesChange = false;
    const roundsCount = Math.ceil((this.rows.pathsCount + 1) / TOLD_EACH_ROUND_COUNT);
    this.nextChangeAtMs = nowMs + roundsCount * this.options.roundIntervalMs;
    this.wiring.onChange();
  }

  private writeRow(paths: readonly PathReport[], key: string): void {
    const { self } = this.env;
    const nowMs = this.env.now();
    const sendsCount = this.sendsOf(key, this.toldKey);
    this.toldKey = key;
    this.toldAtMs = nowMs;
    this.seq += 1;
    const most = paths.slice(0, ROW_PATHS_MAX_COUNT);
    const row = { node: self, boot: this.wiring.boot(), seq: this.seq, ageMs: 0, paths: most };
    this.rows.put(row, { nowMs, sendsCount });
  }

  private onRow(row: Row): void {
    const { self } = this.env;
    if (row.node === self) return this.onOwnRow(row);
    if (row.seq > ABSURD_SEQ) return this.drop("absurd");
    if (!this.wiring.isLiving(row.node)) return this.drop("stranger");
    if (!this.rows.isNews(row)) return;
    const nowMs = this.env.now();
    const known = this.rows.of(row.node, nowMs);
    if (known === undefined && this.rows.size >= this.options.rowsMaxCount)
      return this.drop("rowsFull");
    if (row.ageMs >= this.options.rowMaxAgeMs) return;
    const sendsCount = this.sendsOf(keyOf(row.paths), known && keyOf(known.paths));
    this.rows.put(row, { nowMs, sendsCount });
    const ours = row.paths.find(({ peer }) => peer === self);
    // It does not hear us, as it says: then it matters whether we hear it.
    if (ours?.packets === "unanswered") this.paths.doubt(row.node, "echo");
    this.owesChange = true;
  }

  /** Of a former life, or invented: this node's own word must be the last. */
  private onOwnRow({ boot, seq }: RowHead): void {
    const own = this.wiring.boot();
    const isOutdone = boot < own ? this.seq > 0 : boot > own || seq <= this.seq;
    if (isOutdone) return;
    if (seq > ABSURD_SEQ) return this.drop("absurd");
    if (boot === own) this.seq = seq;
    this.writeRow(this.paths.reports("told"), this.toldKey);
  }

  private onHeads(from: PeerId, heads: readonly RowHead[], why: "ask" | "reply"): void {
    const nowMs = this.env.now();
    const { self } = this.env;
    const theirs = new Map(heads.map((head) => [head.node, head]));
    const ownHead = theirs.get(self);
    if (ownHead !== undefined && why === "ask") this.onOwnRow(ownHead);
    const rows: Row[] = [];
    let room = REPLY_PATHS_MAX_COUNT;
    for (const row of this.rows.all(nowMs)) {
      const head = theirs.get(row.node);
      // In a reply stands only what is wanted.
      if (head === undefined ? why === "reply" : !isLater(row, head)) continue;
      room -= row.paths.length + 1;
      if (room < 0) break;
      rows.push(row);
    }
    if (rows.length > 0) this.say(from, { kind: "rows", rows });
    if (why === "reply") return;
    const isWanted = (head: RowHead): boolean =>
      head.node !== self && this.wiring.isLiving(head.node) && this.rows.isNews(head);
    const wanted = heads.filter(isWanted);
    if (wanted.length === 0) return;
    const ours = wanted.map(({ node }) => {
      const row = this.rows.of(node, nowMs);
      return { node, boot: row?.boot ?? 0, seq: row?.seq ?? 0 };
    });
    this.say(from, { kind: "heads", why: "reply", heads: ours });
  }

  private tellNews(): void {
    if (!this.rows.hasNews) return;
    for (const peer of this.somePeers(this.options.fanoutCount)) {
      const rows = this.rows.takeNews(this.env.now(), NEWS_PATHS_MAX_COUNT);
      if (rows.length > 0) this.say(peer, { kind: "rows", rows });
    }
  }

  private compare(): void {
    const nowMs = this.env.now();
    const isDue = nowMs - this.comparedAtMs >= this.options.compareIntervalMs;
    if (!isDue || this.rows.size === 0) return;
    this.comparedAtMs = nowMs;
    for (const peer of this.somePeers(1)) {
      this.say(peer, { kind: "heads", why: "ask", heads: this.rows.heads() });
    }
  }

  private say(to: PeerId, message: ReachabilityMessage): void {
    this.wiring.counters.add("reachability.sent");
    this.env.send(to, message);
  }

  private somePeers(count: number): PeerId[] {
    const out: PeerId[] = [];
    const found = this.wiring.peers.sample(this.env.random, count, out);
    return out.slice(0, found);
  }

  /**
   * Enough for a rumour to reach all but for bad luck, which comparisons mend. What only says the
   * same again may be late.
   */
  private sendsOf(key: string, before: string | undefined): number {
    if (key === before) return this.options.fanoutCount;
    return 2 * (32 - Math.clz32(this.wiring.peers.population));
  }

  private drop(why: "stranger" | "tooMany" | "absurd" | "rowsFull"): void {
    this.wiring.counters.add(`reachability.dropped.${why}`);
  }
}

/** Changes with all that others should know at once; not with time alone. */
function keyOf(reports: readonly PathReport[]): string {
  return reports
    .map(({ hearing, packets, peer, streams, via }) =>
      [peer, packets, hearing, streams, via ?? ""].join("\u0000"),
    )
    .sort()
    .join("\u0001");
}
