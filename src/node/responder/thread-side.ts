import type { Address } from "../../core/address.ts";
import { Counters } from "../../core/metrics.ts";
import { type Origin, parseOrigin, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { DEGRADED_CHANNEL } from "../../peers/degraded/degraded.messages.ts";
import { encodeClaim } from "../../peers/degraded/degraded.wire.ts";
import { StandIn } from "../../peers/swim/roster/stand-in.ts";
import type { SwimIdentity } from "../../peers/swim/swim.contract.ts";
import type { SwimMessage } from "../../peers/swim/swim.messages.ts";
import { PacketCodec } from "../../peers/swim/wire/packet.wire.ts";
import { PacketSocket } from "../../transport/udp-tcp/packet-socket.ts";
import { encodeFrame } from "../../wire/frame.ts";
import { Keyring } from "../../wire/keyring.ts";
import { PacketBacklog, type Waiting } from "./packet-backlog.ts";
import { BatchMaker, forEachPacket } from "./packet-batch.ts";
import type { FromThread, PeerPlaces, ThreadStart, ToThread } from "./responder.messages.ts";
import { SharedMarks } from "./shared-marks.ts";
import { ThreadEnv } from "./thread-env.ts";

/** The thread's end of what joins the two. */
export interface ThreadPort {
  post(message: FromThread): void;
  /** Nothing more will come: the thread ends. */
  close(): void;
}

interface Speaker {
  readonly identity: SwimIdentity;
  readonly origin: Origin;
}

/**
 * The thread that has the socket. As long as the main thread turns, it passes packets on, unread.
 * What the main thread does not take in time is read here too, and answered by the stand-in.
 */
export class ThreadSide {
  private readonly port: ThreadPort;
  private readonly start: ThreadStart;
  private readonly marks: SharedMarks;
  private readonly counters = new Counters();
  private readonly backlog: PacketBacklog;
  private readonly env: ThreadEnv;
  private readonly standIn: StandIn;
  private codec: PacketCodec;
  private socket: PacketSocket | undefined;
  private speaker: Speaker | undefined;
  private peers: PeerPlaces = { members: [], hearsay: [], membersCount: 1 };
  private watch: ReturnType<typeof setInterval> | undefined;
  private flushing: ReturnType<typeof setImmediate> | undefined;
  private lateCheck: ReturnType<typeof setTimeout> | undefined;
  private claimedAtMs = Number.NEGATIVE_INFINITY;
  private countsTold = "";

  constructor(port: ThreadPort, start: ThreadStart) {
    this.port = port;
    this.start = start;
    this.marks = new SharedMarks(start.marks);
    this.backlog = new PacketBacklog(start.options, () => this.count("responder.dropped.backlog"));
    this.codec = this.makeCodec(start.keys);
    this.env = new ThreadEnv({
      self: peerId("responder"),
      random: Random.derive(start.seed, "responder"),
      send: (to, message) => this.send(to, message),
      fire: (timer) => this.standIn.onTimer(timer),
    });
    const nobody: SwimIdentity = {
      name: "",
      addr: new Uint8Array(4),
      port: 0,
      meta: new Uint8Array(0),
      vsn: new Uint8Array(6),
    };
    const wiring = {
      incarnations: this.marks,
      counters: { add: (name: string, by?: number) => this.count(name, by) },
      identity: () => this.speaker?.identity ?? nobody,
      peers: () => this.peers.members,
      membersCount: () => this.peers.membersCount,
    };
    this.standIn = new StandIn(this.env, wiring, start.swim);
  }

  onMessage(message: ToThread): void {
    switch (message.kind) {
      case "bind":
        return void this.bind(message.address);
      case "packets":
        return forEachPacket(message.batch, (to, bytes) => {
          this.marks.countSent(bytes.length);
          this.socket?.send(to, bytes);
        });
      case "taken":
        return this.flush();
      case "speaker":
        this.speaker = message;
        return;
      case "keys":
        this.codec = this.makeCodec(message.keys);
        return;
      case "peers":
        this.peers = message.peers;
        return;
      case "close":
        return void this.close();
    }
  }

  onPacket(from: Address, bytes: Uint8Array): void {
    const { answerAfterMs, beatIntervalMs } = this.start.options;
    const nowMs = this.env.now();
    this.backlog.put({ from, bytes, atMs: nowMs });
    // Who is known to be busy need not be waited for.
    if (this.marks.busyForMs > beatIntervalMs + answerAfterMs) this.answerLate(nowMs);
    else this.lateCheck ??= setTimeout(() => this.onLate(), answerAfterMs);
    this.flushing ??= setImmediate(() => this.flush());
  }

  private async bind(address: Address): Promise<void> {
    const receiver = {
      onPacket: (from: Address, bytes: Uint8Array) => this.onPacket(from, bytes),
      onTransportError: (where: string, { message }: Error) => this.onError(where, message),
    };
    const socket = new PacketSocket(address.host, receiver, this.start.udp);
    try {
      await socket.bind(address);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      const message = error instanceof Error ? error.message : String(error);
      return this.port.post({ kind: "bindFailed", code, message });
    }
    this.socket = socket;
    this.watch = setInterval(() => this.onWatch(), this.start.options.beatIntervalMs);
    this.port.post({ kind: "bound" });
  }

  private async close(): Promise<void> {
    clearInterval(this.watch);
    clearTimeout(this.lateCheck);
    clearImmediate(this.flushing);
    this.env.stop();
    await this.socket?.close();
    this.tellCounts();
    this.port.close();
  }

  /** Gives the main thread as many packets as it has room for. */
  private flush(): void {
    this.flushing = undefined;
    this.backlog.onTaken(this.marks.takenCount);
    const batch = new BatchMaker();
    for (const { from, bytes } of this.backlog.takePostable()) batch.add(from, bytes);
    if (batch.size > 0) this.port.post({ kind: "packets", batch: batch.take() });
  }

  private onLate(): void {
    const { answerAfterMs } = this.start.options;
    this.lateCheck = undefined;
    this.backlog.onTaken(this.marks.takenCount);
    this.answerLate(this.env.now() - answerAfterMs);
    if (this.backlog.hasUnseen) {
      this.lateCheck = setTimeout(() => this.onLate(), Math.max(1, answerAfterMs / 4));
    }
  }

  private answerLate(beforeMs: number): void {
    for (const waiting of this.backlog.takeUnseen(beforeMs)) this.answer(waiting);
  }

  private answer(waiting: Waiting): void {
    if (!this.isSpeaker) return;
    if (this.isGivenUp) return this.count("responder.silent");
    const read = this.codec.decode(waiting.bytes);
    // The main thread reads it again, and counts why.
    if ("drop" in read) return;
    if (this.standIn.onMessage(waiting.from, read.message) === "answered") {
      this.backlog.drop(waiting);
    }
  }

  /** False for a node that never spoke yet, or has left. */
  private get isSpeaker(): boolean {
    return this.speaker !== undefined && this.marks.isOnDuty;
  }

  /** True for a main thread that may never turn again. */
  private get isGivenUp(): boolean {
    return this.marks.busyForMs > this.start.options.busyMaxMs;
  }

  private onWatch(): void {
    const { busyForMs } = this.marks;
    // What is posted to one who does not read piles up.
    if (busyForMs < 2 * this.start.options.beatIntervalMs) this.tellCounts();
    const { degradeAfterMs, renewIntervalMs } = this.start.degraded;
    // Half: before those who probe once in that time begin to doubt.
    if (degradeAfterMs === 0 || busyForMs < degradeAfterMs / 2) {
      this.claimedAtMs = Number.NEGATIVE_INFINITY;
      return;
    }
    const nowMs = this.env.now();
    if (!this.isSpeaker || this.isGivenUp) return;
    if (nowMs - this.claimedAtMs < renewIntervalMs) return;
    this.claimedAtMs = nowMs;
    this.claimBusy(busyForMs);
  }

  /** Before anybody suspects this node, its peers hear why it is slow. */
  private claimBusy(busyForMs: number): void {
    const { speaker } = this;
    const boot = speaker && parseOrigin(speaker.origin)?.boot;
    if (speaker === undefined || boot === undefined) return;
    const body = encodeClaim({
      kind: "claim",
      boot,
      seq: this.marks.nextClaimSeq(),
      health: "degraded",
      leaseMs: this.start.degraded.leaseMs,
      trouble: { delayMs: busyForMs, gcMs: 0 },
    });
    const payload = encodeFrame({ origin: speaker.origin, channel: DEGRADED_CHANNEL, body });
    this.count("responder.claims", this.peers.hearsay.length);
    for (const peer of this.peers.hearsay) this.send(peer, { kind: "user", payload });
  }

  private send(to: Address, message: SwimMessage): void {
    try {
      this.socket?.send(to, this.codec.encode(message));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.count("responder.dropped.encode");
    }
  }

  private onError(where: string, message: string): void {
    this.count("responder.errors");
    const isHeard = this.marks.busyForMs < 2 * this.start.options.beatIntervalMs;
    if (isHeard) this.port.post({ kind: "error", where, message });
  }

  private count(name: string, by = 1): void {
    this.counters.count(name, by);
  }

  private tellCounts(): void {
    const counts = this.counters.snapshot();
    const text = JSON.stringify(counts);
    if (text === this.countsTold) return;
    this.countsTold = text;
    this.port.post({ kind: "counts", counts });
  }

  private makeCodec(keys: readonly string[] | undefined): PacketCodec {
    return new PacketCodec({
      label: this.start.label,
      keyring: keys === undefined ? undefined : Keyring.parse(keys),
      verifyIncoming: true,
      verifyOutgoing: true,
      compression: "off",
    });
  }
}
