import type { Address } from "../../core/address.ts";
import type { ExchangeId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type { AgreementMessage } from "../../exchange/agreement/agreement.messages.ts";
import { encodeAgreement } from "../../exchange/agreement/agreement.wire.ts";
import type { BroadcastMessage, Rumor } from "../../exchange/broadcast/broadcast.messages.ts";
import type { Broadcast } from "../../exchange/broadcast/broadcast.ts";
import { encodeMail } from "../../exchange/broadcast/broadcast.wire.ts";
import type { DialEnd } from "../../peers/reconnect/reconnect.contract.ts";
import type { DialMessage } from "../../peers/reconnect/reconnect.messages.ts";
import type { Reconnect } from "../../peers/reconnect/reconnect.ts";
import type { Serf } from "../../peers/serf/serf.ts";
import type { SuccessionMessage } from "../../peers/succession/succession.messages.ts";
import type { Succession } from "../../peers/succession/succession.ts";
import type { JoinResult, SwimMember, SwimReports } from "../../peers/swim/swim.contract.ts";
import type { Swim } from "../../peers/swim/swim.ts";
import type { JoinReport, StackCounters, StackListener } from "./stack.contract.ts";

export interface CarrierParts {
  readonly host: StackHost;
  readonly counters: StackCounters;
  readonly listener: StackListener;
  readonly streamTimeoutMs: number;
  readonly askTimeoutMs: number;
}

/** What the carrier joins, known once all are made. */
export interface Carried {
  readonly swim: Swim;
  readonly serf: Serf | undefined;
  readonly reconnect: Reconnect;
  readonly succession: Succession;
  readonly broadcast: Broadcast;
}

/** A dial of `Reconnect` that has not ended. */
interface Dial extends DialMessage {
  readonly to: Address;
}

/** Takes what the layers above send to SWIM, and SWIM's reports back to whoever waits for them. */
export class Carrier implements SwimReports {
  private readonly parts: CarrierParts;
  private carried: Carried | undefined;
  private readonly joins = new Map<ExchangeId, JoinReport>();
  private readonly dials = new Map<ExchangeId, Dial>();
  /** Holders of our name that were asked whether they live. */
  private readonly asks = new Map<ExchangeId, Address>();
  private readonly letters = new Map<ExchangeId, number>();
  private readonly mails = new WeakMap<Uint8Array, Uint8Array>();

  constructor(parts: CarrierParts) {
    this.parts = parts;
  }

  take(carried: Carried): void {
    this.carried = carried;
  }

  sendBroadcast(to: PeerId, message: BroadcastMessage): void {
    const member = this.reachable(to);
    if (message.kind === "packet") {
      if (member === undefined) return;
      const frames = message.rumors.map((rumor) => rumor.frame);
      this.carried?.swim.sendUsersTo(member, frames);
      return;
    }
    const { mailId, rumor } = message;
    if (member === undefined || this.carried === undefined) return this.failLetter(mailId);
    const { swim } = this.carried;
    const bytes = this.mailOf(rumor);
    const id = swim.sendUserStream(member.address, bytes, this.parts.streamTimeoutMs);
    this.letters.set(id, mailId);
  }

  /** The same bytes for all to whom it goes. */
  private mailOf({ frame }: Rumor): Uint8Array {
    const before = this.mails.get(frame);
    if (before !== undefined) return before;
    const made = encodeMail(frame, this.carried?.swim.members.local.name ?? "");
    this.mails.set(frame, made);
    return made;
  }

  sendAgreement(to: PeerId, message: AgreementMessage): void {
    const member = this.reachable(to);
    if (member !== undefined) this.carried?.swim.sendUserTo(member, encodeAgreement(message));
  }

  /** The member that packets and streams for `peer` go to. */
  reachable(peer: PeerId): SwimMember | undefined {
    const member = this.carried?.swim.members.get(String(peer));
    if (member?.status === "alive" || member?.status === "suspect") return member;
    this.parts.counters.add("stack.dropped.noSuchPeer");
    return undefined;
  }

  /** A join that the user asked for, told of to Serf. */
  join(address: Address, onResult: JoinReport): void {
    const { carried } = this;
    if (carried === undefined) return;
    carried.serf?.onJoinBegun();
    this.joins.set(carried.swim.join(address), onResult);
  }

  /** A join that nobody asked for, with an address that is remembered. */
  dial(to: Address, message: DialMessage): void {
    const { carried } = this;
    if (carried === undefined) return;
    // Who finds a cluster again after a restart is a newcomer to it: its old events are not news.
    if (message.purpose === "join") carried.serf?.onJoinBegun();
    this.dials.set(carried.swim.join(to), { ...message, to });
  }

  /** What it takes to get our name back. */
  sendSuccession(to: Address, message: SuccessionMessage): void {
    const { carried } = this;
    if (carried === undefined) return;
    const { swim } = carried;
    if (message.kind === "rejoin") return void swim.join(to);
    this.asks.set(swim.ask(to, swim.members.local.name, this.parts.askTimeoutMs), to);
  }

  onJoinResult(id: ExchangeId, result: JoinResult): void {
    const dial = this.dials.get(id);
    if (dial !== undefined) {
      this.dials.delete(id);
      this.onDialResult(dial, result);
    }
    const report = this.joins.get(id);
    if (report === undefined) return;
    this.joins.delete(id);
    this.carried?.serf?.onJoinEnded(result.kind);
    this.parts.host.afterStep(() => report(result));
  }

  onSendResult(id: ExchangeId, result: { readonly kind: "sent" | "failed" }): void {
    const asked = this.asks.get(id);
    if (asked !== undefined) {
      this.asks.delete(id);
      this.carried?.succession.onAnswer(asked, result.kind === "sent" ? "answered" : "silent");
      return;
    }
    const mailId = this.letters.get(id);
    if (mailId === undefined) return;
    this.letters.delete(id);
    this.carried?.broadcast.onMailEnd(mailId, result.kind);
  }

  onMetaSent(): void {}

  onLeft(): void {
    const serf = this.carried?.serf;
    if (serf === undefined) this.parts.listener.onLeft();
    else serf.onMembershipLeft();
  }

  private onDialResult({ purpose, to }: Dial, result: JoinResult): void {
    if (purpose === "join") this.carried?.serf?.onJoinEnded(result.kind);
    this.carried?.reconnect.onDialEnd(to, dialEnd(result));
  }

  /** Not at once: nothing calls back into a protocol that is sending. */
  private failLetter(mailId: number): void {
    const { host } = this.parts;
    host.afterStep(() => host.step(() => this.carried?.broadcast.onMailEnd(mailId, "failed")));
  }
}

/**
 * An acceptor with another label closes without a word, one with other keys answers what cannot be
 * read or says so (spec sections 9, 10 and 12.5): somebody is there, and it is not one of ours.
 */
function dialEnd(result: JoinResult): DialEnd {
  if (result.kind === "joined") return { kind: "joined", detail: "" };
  const { detail, reason } = result;
  if (reason === "closed") return { kind: "cutOff", detail };
  const isNobody = reason === "unreachable" || reason === "timeout";
  return isNobody ? { kind: "failed", detail } : { kind: "refused", detail };
}
