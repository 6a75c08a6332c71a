import { type Address, addressKey } from "../../../core/address.ts";
import type { Env } from "../../../core/env.ts";
import { addressFromBytes } from "../../../core/ip.ts";
import { retransmitLimit } from "../formulas.ts";
import { pingFor, sourceOf } from "../probing/pings.ts";
import type { Incarnations, SwimIdentity } from "../swim.contract.ts";
import type {
  AckMessage,
  AliveMessage,
  DeadMessage,
  IndirectPingMessage,
  PingMessage,
  SuspectMessage,
  SwimMessage,
} from "../swim.messages.ts";
import type { SwimOptions } from "../swim.options.ts";
import { ACCUSATION_CEILING, INCARNATION_CEILING } from "./claim-check.ts";
import type { StandInTimer } from "./stand-in.messages.ts";

/** Numbers of its pings are far from those of the SWIM it stands in for, which count from 1. */
const FIRST_SEQ_NO = 2 ** 31;
const SEQ_NOS_COUNT = 2 ** 30;
/** Deeper nests nobody sends. */
const DEPTH_MAX = 8;
const NO_PAYLOAD = new Uint8Array(0);

export type StandInCount =
  | "responder.acks"
  | "responder.refutations"
  | "responder.relays.acked"
  | "responder.relays.nacked"
  | "responder.dropped.relaysFull";

export interface StandInWiring {
  readonly incarnations: Incarnations;
  readonly counters: { add(name: StandInCount, by?: number): void };
  /** What this node said of itself last. */
  identity(): SwimIdentity;
  /** Some living members, for them to hear a refutation. */
  peers(): readonly Address[];
  /** How many members there are, as far as this node knew. */
  membersCount(): number;
}

type StandInOptions = Pick<
  SwimOptions,
  | "probeTimeoutMs"
  | "nackRatio"
  | "relaysMaxCount"
  | "gossipIntervalMs"
  | "gossipNodesCount"
  | "retransmitMultiplier"
>;

interface Relay {
  readonly requester: Address;
  readonly requesterSeqNo: number;
  readonly nack: "wanted" | "unwanted";
  readonly endsAtMs: number;
}

/**
 * Speaks for a SWIM that is too busy to: acks pings, probes for others, and refutes what is said
 * against this node. It decides nothing: who is there and who is dead is left to the busy one, who
 * reads all of it later. An ack carries no payload here, for a round trip that waited for a busy
 * node says nothing about the network.
 */
export class StandIn {
  private readonly env: Env<SwimMessage, StandInTimer, Address>;
  private readonly wiring: StandInWiring;
  private readonly options: StandInOptions;
  private readonly relays = new Map<number, Relay>();
  private lastSeqNo = 0;
  /** The refutation on its way, and how often it still goes out. */
  private alive: AliveMessage | undefined;
  private transmissionsLeft = 0;
  private isTelling = false;

  constructor(
    env: Env<SwimMessage, StandInTimer, Address>,
    wiring: StandInWiring,
    options: StandInOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
  }

  /** "answered": the busy one need not see it any more. */
  onMessage(from: Address, message: SwimMessage): "answered" | "open" {
    // Accusations first: the ack to the ping beside them then carries the refutation.
    this.readClaims(message, 0);
    return this.answer(from, message, 0) ? "answered" : "open";
  }

  onTimer(timer: StandInTimer): void {
    if (timer.kind === "tellAgain") return this.tellSome();
    const relay = this.relays.get(timer.seqNo);
    if (relay === undefined) return;
    const leftMs = relay.endsAtMs - this.env.now();
    if (relay.nack === "wanted") this.nack(relay);
    this.relays.delete(timer.seqNo);
    if (leftMs < 1) return;
    // An ack that comes after the nack still counts. [Lifeguard 2017 §IV.A]
    this.relays.set(timer.seqNo, { ...relay, nack: "unwanted" });
    this.env.setTimer(timer, leftMs);
  }

  private readClaims(message: SwimMessage, depth: number): void {
    if (depth > DEPTH_MAX) return;
    if (message.kind === "hasCrc") return this.readClaims(message.message, depth + 1);
    if (message.kind === "suspect" || message.kind === "dead") return this.onAccusation(message);
    if (message.kind !== "compound") return;
    for (const part of message.parts) this.readClaims(part, depth + 1);
  }

  /** True when nothing of it is left for the busy one. */
  private answer(from: Address, message: SwimMessage, depth: number): boolean {
    if (depth > DEPTH_MAX) return false;
    switch (message.kind) {
      case "hasCrc":
        return this.answer(from, message.message, depth + 1);
      case "compound":
        return message.parts
          .map((part) => this.answer(from, part, depth + 1))
          .every((done) => done);
      case "ping":
        return this.onPing(from, message);
      case "indirectPing":
        return this.onIndirectPing(from, message);
      case "ack":
        return this.onAck(message.seqNo);
      default:
        return false;
    }
  }

  private onPing(from: Address, ping: PingMessage): boolean {
    // What is meant for another name is the busy one's to count.
    if (ping.node !== "" && ping.node !== this.wiring.identity().name) return false;
    this.wiring.counters.add("responder.acks");
    const ack: AckMessage = { kind: "ack", seqNo: ping.seqNo, payload: NO_PAYLOAD };
    this.send(sourceOf(ping, from), ack);
    return true;
  }

  private onIndirectPing(from: Address, request: IndirectPingMessage): boolean {
    const { env, options, wiring } = this;
    const target = addressFromBytes(request.target, request.port);
    if (target === undefined) return false;
    if (this.relays.size >= options.relaysMaxCount) {
      wiring.counters.add("responder.dropped.relaysFull");
      return false;
    }
    const seqNo = this.nextSeqNo();
    this.relays.set(seqNo, {
      requester: sourceOf(request, from),
      requesterSeqNo: request.seqNo,
      nack: request.nack ? "wanted" : "unwanted",
      endsAtMs: env.now() + options.probeTimeoutMs,
    });
    env.setTimer({ kind: "relayTimeout", seqNo }, options.probeTimeoutMs * options.nackRatio);
    env.send(target, pingFor(wiring.identity(), request.node, seqNo));
    return true;
  }

  private onAck(seqNo: number): boolean {
    const relay = this.relays.get(seqNo);
    if (relay === undefined) return false;
    this.relays.delete(seqNo);
    this.wiring.counters.add("responder.relays.acked");
    this.send(relay.requester, { kind: "ack", seqNo: relay.requesterSeqNo, payload: NO_PAYLOAD });
    return true;
  }

  private nack(relay: Relay): void {
    this.wiring.counters.add("responder.relays.nacked");
    this.env.send(relay.requester, { kind: "nack", seqNo: relay.requesterSeqNo });
  }

  /** Spec section 14.4: what is not out of date is answered by a higher incarnation. */
  private onAccusation({ incarnation, node }: SuspectMessage | DeadMessage): void {
    const { incarnations } = this.wiring;
    const { addr, meta, name, port, vsn } = this.wiring.identity();
    if (node !== name || incarnation < incarnations.current) return;
    // As SWIM itself: no sane accusation jumps so far.
    if (incarnation > ACCUSATION_CEILING && incarnation > incarnations.current) return;
    const raised = incarnations.take(incarnation, INCARNATION_CEILING);
    this.wiring.counters.add("responder.refutations");
    this.alive = { kind: "alive", incarnation: raised, node: name, addr, port, meta, vsn };
    const { retransmitMultiplier } = this.options;
    this.transmissionsLeft = Math.max(
      1,
      retransmitLimit(retransmitMultiplier, this.wiring.membersCount()),
    );
    if (this.isTelling) return;
    this.isTelling = true;
    this.env.setTimer({ kind: "tellAgain" }, 0);
  }

  /** Spec section 17.3, with the members that this node knew when it was last free. */
  private tellSome(): void {
    const { env, options, wiring } = this;
    const { alive } = this;
    const peers = wiring.peers();
    if (alive === undefined || this.transmissionsLeft <= 0 || peers.length === 0) {
      this.isTelling = false;
      return;
    }
    const targets = new Set<Address>();
    for (let draw = 0; draw < options.gossipNodesCount; draw += 1) {
      const peer = peers[env.random.below(peers.length)];
      if (peer !== undefined) targets.add(peer);
    }
    for (const target of targets) this.sendAlive(target, alive);
    env.setTimer({ kind: "tellAgain" }, options.gossipIntervalMs);
  }

  private sendAlive(to: Address, alive: AliveMessage): void {
    this.transmissionsLeft -= 1;
    this.env.send(to, alive);
  }

  /**
   * With the refutation, while it is on its way: who asks is who doubts. A stranger, whose address
   * may be forged, gets no more than was asked for.
   */
  private send(to: Address, ack: AckMessage): void {
    const { alive } = this;
    const isMember = (): boolean => this.wiring.peers().some((one) => isSame(one, to));
    if (alive === undefined || this.transmissionsLeft <= 0 || !isMember()) {
      return this.env.send(to, ack);
    }
    this.transmissionsLeft -= 1;
    this.env.send(to, { kind: "compound", parts: [ack, alive] });
  }

  private nextSeqNo(): number {
    this.lastSeqNo = (this.lastSeqNo + 1) % SEQ_NOS_COUNT;
    return FIRST_SEQ_NO + this.lastSeqNo;
  }
}

function isSame(one: Address, other: Address): boolean {
  return one.port === other.port && addressKey(one) === addressKey(other);
}
