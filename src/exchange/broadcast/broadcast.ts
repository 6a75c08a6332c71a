import type { Arrival } from "../../core/arrival.ts";
import { unreachable } from "../../core/assert.ts";
import type { Env } from "../../core/env.ts";
import { HearsayError } from "../../core/errors.ts";
import { HybridClock } from "../../core/hybrid-clock.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import { utf8ByteLength } from "../../core/text.ts";
import type { BroadcastWiring } from "./broadcast.contract.ts";
import type { BroadcastMessage, Rumor } from "./broadcast.messages.ts";
import type { BroadcastOptions } from "./broadcast.options.ts";
import type { BroadcastTimer } from "./broadcast.timers.ts";
import { Mailbox } from "./mailbox.ts";
import { PeerDeck } from "./peer-deck.ts";
import { type PacketRoom, RumorQueue } from "./rumor-queue.ts";
import { SeenRumors } from "./seen-rumors.ts";

/** Origin, tag, times and numbers take less; the whole frame is bounded, for relays keep it. */
const HEAD_MAX_BYTES = 1_024;

type Coming = Pick<Arrival, "from" | "means" | "via">;

/** What a user publishes, encoded. */
export interface Publication {
  readonly tag: string;
  readonly codec: number;
  readonly payload: Uint8Array;
  /** The number that the topic's history gives it, if there is one. */
  readonly historySeq?: number | undefined;
  /** "onRelease": not before `release` is called, as when it must be durable first. */
  readonly spread?: "now" | "onRelease";
}

/**
 * Typed messages by infection: who hears a rumour passes it on a bounded number of times, in
 * packets of its own and at the end of SWIM's. [Demers 1987 §1.4; memberlist's broadcast queue]
 *
 * A rumour too large for a packet goes by mail [Demers 1987 §1.2]: its publisher sends it to every
 * member over streams, and each receiver to one random member more. Infection alone would need some
 * ln n copies a node of something as large as a megabyte, for a push cannot ask first; mail costs
 * one, is acknowledged by the stream and so can be repeated, and the one copy more reaches most of
 * those whom the publisher could not, or did not live to.
 *
 * Invariant: what is relayed was news here, and was not rejected.
 */
export class Broadcast implements Protocol<BroadcastMessage, BroadcastTimer> {
  /** This node's hybrid logical time. */
  readonly clock: HybridClock;
  private readonly env: Env<BroadcastMessage, BroadcastTimer>;
  private readonly wiring: BroadcastWiring;
  private readonly options: BroadcastOptions;
  private readonly queue: RumorQueue;
  private readonly mailbox: Mailbox;
  private readonly seen: SeenRumors;
  private readonly deck: PeerDeck;
  /** Last seq of this life by tag; never forgotten, for a seq must not be used twice. */
  private readonly lastSeqs = new Map<string, number>();
  /** Published, and not released yet. */
  private heldCount = 0;
  private isFlushSet = false;
  private lastFlushMs = Number.NEGATIVE_INFINITY;
  private phase: "new" | "running" | "stopped" = "new";

  constructor(
    env: Env<BroadcastMessage, BroadcastTimer>,
    wiring: BroadcastWiring,
    options: BroadcastOptions,
  ) {
    this.clock = new HybridClock(env);
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.queue = new RumorQueue(options, wiring.counters);
    this.seen = new SeenRumors(options, wiring.counters);
    this.deck = new PeerDeck(wiring.peers, env.random);
    this.mailbox = new Mailbox(options, {
      counters: wiring.counters,
      now: () => env.now(),
      sendLetter: (to, mailId, rumor) => env.send(to, { kind: "mail", mailId, rumor }),
      wakeAfter: (delayMs) => env.setTimer({ kind: "mail" }, delayMs),
    });
  }

  /** Rumours and letters that wait to be sent. */
  get backlogCount(): number {
    return this.queue.size + this.heldCount + this.mailbox.size;
  }

  start(): void {
    this.phase = "running";
    this.wiring.peers.subscribe({ onPeerUp: () => this.setFlush(), onPeerDown: () => {} });
  }

  stop(): void {
    this.phase = "stopped";
  }

  /**
   * Spreads a message under the next seq of its tag, and delivers it to this node's own listener.
   * @throws HearsayError NODE_STOPPED, VALUE_TOO_LARGE, QUEUE_FULL; then no seq was used.
   */
  publish(publication: Publication): Rumor {
    if (this.phase !== "running") throw new HearsayError("NODE_STOPPED", "the node has stopped");
    const rumor = this.write(publication);
    this.checkSize(rumor);
    const isMail = !this.fitsPacket(rumor);
    const letters = isMail ? this.wiring.peers.size : 0;
    const hasRoom = isMail
      ? this.mailbox.hasRoom(rumor, letters)
      : this.queue.hasOwnRoom(this.heldCount);
    if (!hasRoom && this.wiring.peers.size > 0) {
      const detail = `${this.backlogCount} messages wait to be sent; publish more slowly`;
      throw new HearsayError("QUEUE_FULL", detail);
    }
    this.lastSeqs.set(rumor.tag, rumor.seq);
    this.wiring.counters.add("broadcast.published");
    this.note("published", rumor, isMail ? { means: "mail" } : { means: "broadcast" });
    this.wiring.listener.onRumor(rumor);
    if (publication.spread === "onRelease") this.heldCount += 1;
    else this.send(rumor);
    return rumor;
  }

  /** Spreads what was published with `spread: "onRelease"`; once for each. */
  release(rumor: Rumor): void {
    this.heldCount -= 1;
    if (this.phase === "running") this.send(rumor);
  }

  onMessage(from: PeerId, message: BroadcastMessage): void {
    if (this.phase !== "running") return;
    if (message.kind === "mail") {
      return this.hear(from, message.rumor, { means: "mail", from: message.sender });
    }
    const how: Coming = { means: "broadcast", via: message.via };
    for (const rumor of message.rumors) this.hear(from, rumor, how);
  }

  onTimer(timer: BroadcastTimer): void {
    if (this.phase !== "running") return;
    switch (timer.kind) {
      case "flush":
        return this.onFlush();
      case "mail":
        return this.mailbox.onDue();
      default:
        return unreachable(timer);
    }
  }

  /** The host tells how the sending of a `MailMessage` ended. */
  onMailEnd(mailId: number, outcome: "sent" | "failed"): void {
    if (this.phase === "running") this.mailbox.onEnd(mailId, outcome);
  }

  /** Rumours to ride in a packet that leaves anyway. */
  takeRumors(budgetBytes: number, overheadBytes: number): Rumor[] {
    if (this.queue.size === 0) return [];
    const { population } = this.wiring.peers;
    return this.queue.take({ budgetBytes, overheadBytes, population }, this.env.now());
  }

  get hasRumors(): boolean {
    return this.queue.size > 0;
  }

  private hear(from: PeerId, rumor: Rumor, how: Coming): void {
    const { counters, listener } = this.wiring;
    const tagBytes = utf8ByteLength(rumor.tag);
    if (tagBytes === 0 || tagBytes > this.options.tagMaxBytes) {
      return counters.add("broadcast.dropped.badTag");
    }
    if (rumor.frame.length > this.options.valueMaxBytes + HEAD_MAX_BYTES) {
      return counters.add("broadcast.dropped.tooLarge");
    }
    if (rumor.origin === this.wiring.origin()) {
      this.note("copy", rumor, how);
      return counters.add("broadcast.dropped.own");
    }
    if (!this.seen.take(rumor)) {
      this.note("copy", rumor, how);
      return counters.add("broadcast.dropped.known");
    }
    this.note("news", rumor, how);
    this.clock.observe(rumor.clock);
    const verdict = listener.onRumor(rumor);
    if (verdict === "rejected") return counters.add("broadcast.dropped.rejected");
    counters.add(verdict === "accepted" ? "broadcast.accepted" : "broadcast.unknownTag");
    if (this.fitsPacket(rumor)) this.spread(rumor);
    else this.relayMail(rumor, from);
  }

  /** By the number that its readers know. */
  private note(kind: Arrival["kind"], rumor: Rumor, { from, means, via }: Coming): void {
    const { historySeq, origin, seq, tag: what } = rumor;
    const dot = { origin, seq: historySeq ?? seq };
    this.wiring.listener.onArrival?.({ kind, means, what, dot, from, via });
  }

  private relayMail(rumor: Rumor, from: PeerId): void {
    const peers: PeerId[] = [];
    const { streamRelayCount } = this.options;
    peers.length = this.wiring.peers.sample(this.env.random, streamRelayCount, peers, from);
    if (this.mailbox.hasRoom(rumor, peers.length)) this.mailbox.post(rumor, peers);
    else this.wiring.counters.add("broadcast.dropped.lettersFull", peers.length);
  }

  private send(rumor: Rumor): void {
    if (this.fitsPacket(rumor)) this.spread(rumor);
    else this.mailbox.post(rumor, this.deck.all());
  }

  private spread(rumor: Rumor): void {
    this.queue.put(rumor, this.env.now());
    this.setFlush();
  }

  private setFlush(): void {
    if (this.isFlushSet || this.queue.size === 0 || this.phase !== "running") return;
    const idleMs = this.env.now() - this.lastFlushMs;
    this.isFlushSet = true;
    this.env.setTimer({ kind: "flush" }, Math.max(0, this.options.flushIntervalMs - idleMs));
  }

  private onFlush(): void {
    this.isFlushSet = false;
    this.lastFlushMs = this.env.now();
    const targets = this.deck.draw(this.options.fanoutCount);
    // Nobody to tell: `onPeerUp` asks for the next flush.
    if (targets.length === 0) return;
    this.wiring.counters.add("broadcast.flushes");
    const count = {
      copiesCount: targets.length,
      packetsMaxCount: this.options.flushPacketsCount,
    };
    for (const rumors of this.queue.takePackets(this.room, this.env.now(), count)) {
      for (const to of targets) this.sendPacket(to, rumors);
    }
    this.setFlush();
  }

  private sendPacket(to: PeerId, rumors: readonly Rumor[]): void {
    this.wiring.counters.add("broadcast.packets");
    this.env.send(to, { kind: "packet", rumors });
  }

  private get room(): PacketRoom {
    const { packetMaxBytes, partOverheadBytes, peers } = this.wiring;
    return {
      budgetBytes: packetMaxBytes,
      overheadBytes: partOverheadBytes,
      population: peers.population,
    };
  }

  private fitsPacket(rumor: Rumor): boolean {
    const { packetMaxBytes, partOverheadBytes } = this.wiring;
    return rumor.frame.length + partOverheadBytes <= packetMaxBytes;
  }

  private write(publication: Publication): Rumor {
    const { codec, origin } = this.wiring;
    const seq = (this.lastSeqs.get(publication.tag) ?? 0) + 1;
    const { tag, codec: codecId, historySeq, payload } = publication;
    const kept = historySeq === undefined ? {} : { historySeq };
    const said = { tag, codec: codecId, payload, ...kept };
    const unsent = { origin: origin(), seq, clock: this.clock.now(), ...said };
    return { ...unsent, frame: codec.encode(unsent) };
  }

  private checkSize(rumor: Rumor): void {
    const { valueMaxBytes } = this.options;
    if (rumor.payload.length <= valueMaxBytes) return;
    const detail =
      `the value of topic ${rumor.tag} encodes to ${rumor.payload.length} bytes; ` +
      `${valueMaxBytes} are allowed, so send it in parts`;
    throw new HearsayError("VALUE_TOO_LARGE", detail);
  }
}
