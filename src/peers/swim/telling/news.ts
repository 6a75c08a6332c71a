import { unreachable } from "../../../core/assert.ts";
import type { ExchangeId } from "../../../core/env.ts";
import type {
  JoinResult,
  LeaveResult,
  SendResult,
  SwimListener,
  SwimMember,
  SwimReports,
} from "../swim.contract.ts";
import type { AliveMessage } from "../swim.messages.ts";
import type { SwimView } from "../swim-view.ts";

export type Tiding =
  | {
      readonly kind: "join" | "leave" | "update" | "suspect" | "refuted" | "reap";
      readonly member: SwimMember;
    }
  | { readonly kind: "conflict"; readonly existing: SwimMember; readonly claim: AliveMessage }
  | { readonly kind: "joinResult"; readonly id: ExchangeId; readonly result: JoinResult }
  | { readonly kind: "sendResult"; readonly id: ExchangeId; readonly result: SendResult }
  | { readonly kind: "metaSent"; readonly incarnation: number }
  | { readonly kind: "left"; readonly result: LeaveResult };

export interface Readers {
  readonly listener: SwimListener;
  readonly reports: SwimReports;
  readonly view: SwimView;
  readonly localName: string;
}

/** Keeps what a step has to tell until its end: readers see SWIM whole, never half changed. */
export class News {
  private readonly readers: Readers;
  private waiting: Tiding[] = [];
  private depth = 0;

  constructor(readers: Readers) {
    this.readers = readers;
  }

  add(tiding: Tiding): void {
    this.waiting.push(tiding);
  }

  /** A step begins. Steps nest when a passenger calls back. */
  open(): void {
    this.depth += 1;
  }

  /** A step ends: the outermost tells everything, in order, also what readers cause meanwhile. */
  close(): void {
    let told = 0;
    try {
      for (; this.depth === 1 && told < this.waiting.length; ) {
        const tiding = this.waiting[told];
        told += 1;
        if (tiding !== undefined) this.tell(tiding);
      }
    } finally {
      // A reader that throws loses its own tiding, not those after it.
      if (told > 0) this.waiting = this.waiting.slice(told);
      this.depth -= 1;
    }
  }

  private tell(tiding: Tiding): void {
    const { listener, reports } = this.readers;
    switch (tiding.kind) {
      case "join":
        listener.onJoin(tiding.member);
        return this.tellPeers(tiding.member.name, "up");
      case "leave":
        listener.onLeave(tiding.member);
        return this.tellPeers(tiding.member.name, "down");
      case "update":
        return listener.onUpdate(tiding.member);
      case "suspect":
        return listener.onSuspect(tiding.member);
      case "refuted":
        return listener.onRefuted(tiding.member);
      case "reap":
        return listener.onReap(tiding.member);
      case "conflict":
        return listener.onConflict(tiding.existing, tiding.claim);
      case "joinResult":
        return reports.onJoinResult(tiding.id, tiding.result);
      case "sendResult":
        return reports.onSendResult(tiding.id, tiding.result);
      case "metaSent":
        return reports.onMetaSent(tiding.incarnation);
      case "left":
        return reports.onLeft(tiding.result);
      default:
        return unreachable(tiding);
    }
  }

  private tellPeers(name: string, direction: "up" | "down"): void {
    if (name === this.readers.localName) return;
    if (direction === "up") this.readers.view.tellUp(name);
    else this.readers.view.tellDown(name);
  }
}
