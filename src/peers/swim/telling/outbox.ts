import type { Address } from "../../../core/address.ts";
import type { SwimMember, SwimSizes } from "../swim.contract.ts";
import type { SwimMessage } from "../swim.messages.ts";
import type { SwimContext } from "../swim-context.ts";
import {
  COMPOUND_HEAD_BYTES,
  COMPOUND_PART_BYTES,
  COMPOUND_PARTS_MAX,
  USER_HEAD_BYTES,
} from "../wire/packet-budget.ts";
import { understandsChecksum } from "../wire/versions.ts";

/** Fills packets: broadcasts ride on whatever is sent. Source: spec sections 5.1, 11 and 17.3. */
export class Outbox {
  private readonly context: SwimContext;
  private readonly sizes: SwimSizes;

  constructor(context: SwimContext, sizes: SwimSizes) {
    this.context = context;
    this.sizes = sizes;
  }

  /**
   * Sends `message` with as many broadcasts as fit, if a member will read them.
   *
   * Departs from memberlist, where they ride to whoever asks: a stranger's pings would use up their
   * limited number of transmissions before a member heard them, and a forged source address would
   * get more bytes than the stranger sent.
   */
  sendWithBroadcasts(to: Address, message: SwimMessage, reader?: SwimMember): void {
    if (reader === undefined) return this.sendParts(to, [message], undefined);
    const budget =
      this.context.env.packetMaxBytes - COMPOUND_HEAD_BYTES - this.sizes.byteLength(message);
    this.sendParts(to, [message, ...this.takeBroadcasts(budget, reader)], undefined);
  }

  /** Sends one packet of broadcasts; false when there was nothing to send. */
  gossip(to: SwimMember): boolean {
    const budget = this.context.env.packetMaxBytes - COMPOUND_HEAD_BYTES;
    const parts = this.takeBroadcasts(budget, to);
    if (parts.length === 0) return false;
    this.sendParts(to.address, parts, to);
    this.context.counters.add("swim.gossip.packets");
    this.context.counters.add("swim.gossip.messages", parts.length);
    return true;
  }

  /** Sends exactly `parts`, with a checksum when `reader` understands it. */
  sendTogether(reader: SwimMember, parts: readonly SwimMessage[], to = reader.address): void {
    this.sendParts(to, parts, reader);
  }

  /** False, and counted, when `payload` cannot fit a packet. */
  sendUser(to: Address, payload: Uint8Array, member: SwimMember | undefined): boolean {
    if (USER_HEAD_BYTES + payload.length > this.context.env.packetMaxBytes) {
      this.context.counters.add("swim.dropped.userTooLarge");
      return false;
    }
    this.sendParts(to, [{ kind: "user", payload }], member);
    return true;
  }

  /** False, and counted, when `payloads` cannot share a packet. */
  sendUsers(to: SwimMember, payloads: readonly Uint8Array[]): boolean {
    const overhead = COMPOUND_PART_BYTES + USER_HEAD_BYTES;
    const bytes = payloads.reduce((sum, payload) => sum + payload.length + overhead, 0);
    if (COMPOUND_HEAD_BYTES + bytes > this.context.env.packetMaxBytes) {
      this.context.counters.add("swim.dropped.userTooLarge", payloads.length);
      return false;
    }
    this.sendParts(
      to.address,
      payloads.map((payload) => ({ kind: "user", payload })),
      to,
    );
    return true;
  }

  private takeBroadcasts(budgetBytes: number, reader: SwimMember): SwimMessage[] {
    const { broadcasts, members, passenger } = this.context;
    const taken = broadcasts.take(budgetBytes, members.size);
    const parts: SwimMessage[] = taken.messages;
    const overhead = COMPOUND_PART_BYTES + USER_HEAD_BYTES;
    const left = budgetBytes - taken.bytes;
    if (left <= overhead) return parts;
    for (const payload of passenger.takeBroadcasts(reader, left, overhead)) {
      parts.push({ kind: "user", payload });
    }
    return parts;
  }

  private sendParts(to: Address, parts: readonly SwimMessage[], member?: SwimMember): void {
    for (let from = 0; from < parts.length; from += COMPOUND_PARTS_MAX) {
      const some = parts.slice(from, from + COMPOUND_PARTS_MAX);
      const first = some[0];
      if (first === undefined) return;
      const whole: SwimMessage = some.length === 1 ? first : { kind: "compound", parts: some };
      const sealed = member !== undefined && understandsChecksum(member.vsn);
      this.context.env.send(to, sealed ? { kind: "hasCrc", message: whole } : whole);
    }
  }
}
