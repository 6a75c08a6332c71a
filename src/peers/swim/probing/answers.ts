import type { Address } from "../../../core/address.ts";
import type { TimerId } from "../../../core/env.ts";
import { addressFromBytes } from "../../../core/ip.ts";
import type { Sequence } from "../sequence.ts";
import { suspicionOf } from "../suspicion/suspicion.ts";
import type { SwimMember } from "../swim.contract.ts";
import type { AckMessage, IndirectPingMessage, PingMessage } from "../swim.messages.ts";
import type { SwimContext } from "../swim-context.ts";
import type { Outbox } from "../telling/outbox.ts";
import { ignoresPorts } from "../wire/versions.ts";
import { pingFor, sourceOf } from "./pings.ts";

const NO_PAYLOAD = new Uint8Array(0);

interface Relay {
  readonly requester: Address;
  readonly requesterName: string;
  readonly requesterSeqNo: number;
  readonly nack: "wanted" | "unwanted" | "sent";
  readonly endsAtMs: number;
  readonly timer: TimerId;
}

/** What this node does for those who probe: answers, and pings for others. Spec section 17.1. */
export class Answers {
  private readonly context: SwimContext;
  private readonly outbox: Outbox;
  private readonly sequence: Sequence;
  private readonly relays = new Map<number, Relay>();

  constructor(context: SwimContext, outbox: Outbox, sequence: Sequence) {
    this.context = context;
    this.outbox = outbox;
    this.sequence = sequence;
  }

  onPing(from: Address, ping: PingMessage): void {
    if (!this.isForUs(ping)) return;
    const ack: AckMessage = {
      kind: "ack",
      seqNo: ping.seqNo,
      payload: this.context.passenger.ackPayload(),
    };
    this.answer(sourceOf(ping, from), ping.sourceNode, ack);
  }

  /** The answer to a ping over a stream: no payload there. Spec section 12.2. */
  onStreamPing(ping: PingMessage): AckMessage | undefined {
    if (!this.isForUs(ping)) return undefined;
    return { kind: "ack", seqNo: ping.seqNo, payload: NO_PAYLOAD };
  }

  onIndirectPing(from: Address, request: IndirectPingMessage): void {
    const { env, identity, options, counters } = this.context;
    const ownPort = request.port === 0 || ignoresPorts(identity.vsn);
    const target = addressFromBytes(request.target, ownPort ? identity.port : request.port);
    if (target === undefined) return counters.add("swim.dropped.badAddress");
    if (this.relays.size >= options.relaysMaxCount) return counters.add("swim.dropped.relaysFull");
    const seqNo = this.sequence.next();
    this.relays.set(seqNo, {
      requester: sourceOf(request, from),
      requesterName: request.sourceNode,
      requesterSeqNo: request.seqNo,
      nack: request.nack ? "wanted" : "unwanted",
      endsAtMs: env.now() + options.probeTimeoutMs,
      timer: env.setTimer(
        { kind: "relayTimeout", seqNo },
        options.probeTimeoutMs * options.nackRatio,
      ),
    });
    const reader = this.memberAt(request.node, target);
    this.outbox.sendWithBroadcasts(target, pingFor(identity, request.node, seqNo), reader);
  }

  /** False when the ack is none that was asked for on behalf of another. */
  onAck(seqNo: number): boolean {
    const relay = this.relays.get(seqNo);
    if (relay === undefined) return false;
    this.relays.delete(seqNo);
    this.context.env.clearTimer(relay.timer);
    this.context.counters.add("swim.relays.acked");
    const ack: AckMessage = { kind: "ack", seqNo: relay.requesterSeqNo, payload: NO_PAYLOAD };
    this.answer(relay.requester, relay.requesterName, ack);
    return true;
  }

  onRelayTimeout(seqNo: number): void {
    const relay = this.relays.get(seqNo);
    if (relay === undefined) return;
    this.relays.delete(seqNo);
    this.waitForTheRest(seqNo, relay);
    if (relay.nack !== "wanted") return;
    this.context.counters.add("swim.relays.nacked");
    this.outbox.sendWithBroadcasts(
      relay.requester,
      { kind: "nack", seqNo: relay.requesterSeqNo },
      this.memberAt(relay.requesterName, relay.requester),
    );
  }

  /** An ack that comes after the nack still counts. [Lifeguard 2017 §IV.A] */
  private waitForTheRest(seqNo: number, relay: Relay): void {
    const { env } = this.context;
    const leftMs = relay.endsAtMs - env.now();
    // What is less is rounding.
    if (leftMs < 1) return;
    const timer = env.setTimer({ kind: "relayTimeout", seqNo }, leftMs);
    this.relays.set(seqNo, { ...relay, nack: "sent", timer });
  }

  private isForUs(ping: PingMessage): boolean {
    if (ping.node === "" || ping.node === this.context.identity.name) return true;
    this.context.counters.add("swim.dropped.pingForOther");
    return false;
  }

  /**
   * Who asks and is not held for alive here learns it with the answer, so that it can refute; its
   * later life at another address, too. Departs from memberlist, and from Lifeguard's Buddy, which
   * tells only those that are pinged: nobody pings the dead.
   */
  private answer(to: Address, name: string, ack: AckMessage): void {
    const { identity, members, options } = this.context;
    const member = members.get(name);
    const isDoubted = member?.status === "suspect" || member?.status === "dead";
    if (!isDoubted || options.lifeguardBuddy === "off") {
      return this.outbox.sendWithBroadcasts(to, ack, this.memberAt(name, to));
    }
    this.outbox.sendTogether(member, [ack, suspicionOf(member, identity.name)], to);
  }

  /** The member of that name, when it really is where the message goes. */
  private memberAt(name: string, to: Address): SwimMember | undefined {
    const member = this.context.members.get(name);
    if (member === undefined) return undefined;
    const there = member.address.host === to.host && member.address.port === to.port;
    return there ? member : undefined;
  }
}
