import { HearsayError } from "../../core/errors.ts";
import type { PeerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { SwimMember } from "../../peers/swim/swim.contract.ts";
import type { Swim } from "../../peers/swim/swim.ts";
import type { PacketDoor, PacketReceiver } from "../../transport/udp-tcp/packet-door.ts";
import { PacketSocket } from "../../transport/udp-tcp/packet-socket.ts";
import { udpTcpDefaults } from "../../transport/udp-tcp/udp-tcp.options.ts";
import type { InstalledKey, Keyring } from "../../wire/keyring.ts";
import type { OtherVoice } from "../health/health.contract.ts";
import type { Stack } from "../stack/stack.ts";
import type { ClaimTerms, ThreadStart } from "./responder.messages.ts";
import type { ResponderOptions } from "./responder.options.ts";
import { SharedMarks } from "./shared-marks.ts";
import { ThreadDoor } from "./thread-door.ts";

export interface ResponderParts {
  readonly options: ResponderOptions;
  readonly swim: ThreadStart["swim"];
  readonly degraded: ClaimTerms;
  readonly label: string;
  readonly keyring: Keyring | undefined;
  readonly seed: number;
  readonly logger: { warn(message: string, fields?: object): void };
  /** Neither the thread nor this one has the socket any more. */
  die(error: Error): void;
}

/**
 * A thread that has the node's UDP socket, and answers in its name when the main thread does not
 * take packets in time. This half tells it what it must know for that: each beat looks whether
 * this node's record, its keys or its peers are other than those it told last.
 */
export class Responder implements OtherVoice {
  readonly incarnations = new SharedMarks();
  private readonly parts: ResponderParts;
  private readonly random: Random;
  private door: ThreadDoor | undefined;
  private stack: Stack | undefined;
  private beats: ReturnType<typeof setInterval> | undefined;
  private counts: Readonly<Record<string, number>> = {};
  private told: { local?: SwimMember; keys?: readonly InstalledKey[]; digest?: string } = {};
  private life: "threaded" | "lost" = "threaded";

  constructor(parts: ResponderParts) {
    this.parts = parts;
    this.random = Random.derive(parts.seed, "responder peers");
  }

  /** The UDP half of the node's transport. */
  makePackets(host: string, receiver: PacketReceiver): PacketDoor {
    const { degraded, keyring, label, options, seed, swim } = this.parts;
    const start: ThreadStart = {
      marks: this.incarnations.buffer,
      options,
      swim,
      degraded,
      udp: udpTcpDefaults,
      label,
      keys: keyring?.list(),
      seed,
    };
    this.door = new ThreadDoor({
      start,
      marks: this.incarnations,
      receiver,
      makeFallback: () => new PacketSocket(host, receiver, udpTcpDefaults),
      onCounts: (counts) => {
        this.counts = counts;
      },
      onLost: (error, mended) => this.onLost(error, mended),
    });
    return this.door;
  }

  /** From now on it may speak. */
  begin(stack: Stack): void {
    this.stack = stack;
    this.incarnations.setDuty("on");
    this.onBeat();
    this.beats = setInterval(() => this.onBeat(), this.parts.options.beatIntervalMs);
    this.beats.unref();
  }

  standDown(): void {
    this.incarnations.setDuty("off");
    clearInterval(this.beats);
  }

  get lastClaimSeq(): number {
    return this.incarnations.lastClaimSeq;
  }

  nextClaimSeq(): number {
    return this.incarnations.nextClaimSeq();
  }

  /** Whether the thread still stands; without it the main thread has the socket. */
  get isThreaded(): boolean {
    return this.life === "threaded";
  }

  /** What the thread did while the main thread was busy. */
  metrics(): Readonly<Record<string, number>> {
    return this.counts;
  }

  private onBeat(): void {
    this.incarnations.beat();
    const { stack } = this;
    if (stack === undefined) return;
    const { local } = stack.swim.members;
    if (local.status === "left") return this.standDown();
    if (local !== this.told.local) this.tellSpeaker(stack, local);
    this.tellKeys();
    this.tellPeers(stack);
  }

  private tellSpeaker({ origin }: Stack, local: SwimMember): void {
    this.told.local = local;
    const { addr, meta, name, port, vsn } = local;
    const identity = { name, addr, port, meta, vsn };
    this.door?.post({ kind: "speaker", identity, origin });
  }

  private tellKeys(): void {
    const { keyring } = this.parts;
    if (keyring === undefined || keyring.installed === this.told.keys) return;
    this.told.keys = keyring.installed;
    this.door?.post({ kind: "keys", keys: keyring.list() });
  }

  private tellPeers({ hearsayPeers, swim }: Stack): void {
    const digest = swim.membershipDigest();
    if (digest === this.told.digest) return;
    this.told.digest = digest;
    const members = this.placesOf(swim.view, swim);
    const hearsay = this.placesOf(hearsayPeers, swim);
    const peers = { members, hearsay, membersCount: swim.members.size };
    this.door?.post({ kind: "peers", peers });
  }

  private placesOf(view: PeerView, { members }: Swim) {
    const names: PeerId[] = [];
    view.sample(this.random, this.parts.options.peersMaxCount, names);
    return names.flatMap((name) => members.get(String(name))?.address ?? []);
  }

  private onLost(error: Error, mended: "mended" | "broken"): void {
    this.life = "lost";
    this.standDown();
    const what = `the responder ended: ${error.message}`;
    if (mended === "mended") {
      const detail = "this node answers by its main thread from now on, also when that is busy";
      return this.parts.logger.warn(`${what}; ${detail}`, { error });
    }
    const detail = `${what}, and the address could not be bound again; start the node anew`;
    this.parts.die(new HearsayError("BIND_FAILED", detail, { cause: error }));
  }
}
