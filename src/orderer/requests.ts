import { Heap } from "../core/collections/heap.ts";
import type { OrderOutcome, OrderPosition, OrderRequest } from "../core/orderer.ts";

export type RequestKind = "propose" | "read" | "change";

interface Open {
  readonly kind: RequestKind;
  readonly dueMs: number;
  /** It may have had its effect, or may yet have it. */
  isSent: boolean;
}

interface Placed {
  readonly request: OrderRequest;
  readonly position: number;
}

export interface Ended {
  readonly request: OrderRequest;
  readonly outcome: OrderOutcome;
}

/** What this node has asked for and has no outcome yet, oldest first. */
export class Requests {
  private readonly open = new Map<OrderRequest, Open>();
  private readonly placed = new Heap<Placed>((one, other) => one.position - other.position);
  private last: number;

  constructor(last: number) {
    this.last = last;
  }

  get count(): number {
    return this.open.size;
  }

  /** When the time of the oldest one is over; undefined when there is none. */
  get dueMs(): number | undefined {
    for (const { dueMs } of this.open.values()) return dueMs;
    return undefined;
  }

  next(): OrderRequest {
    this.last += 1;
    return this.last as OrderRequest;
  }

  begin(request: OrderRequest, kind: RequestKind, dueMs: number): void {
    this.open.set(request, { kind, dueMs, isSent: false });
  }

  has(request: OrderRequest): boolean {
    return this.open.has(request);
  }

  /** Whether it is on its way from now on, or, having certainly failed, is not. */
  mark(request: OrderRequest, isWhere: "sent" | "waiting"): void {
    const found = this.open.get(request);
    if (found !== undefined) found.isSent = isWhere === "sent";
  }

  /** It has this place, or is to be answered as of it. */
  place(request: OrderRequest, position: number): void {
    if (this.open.has(request)) this.placed.put({ request, position });
  }

  /** @returns whether it was still open. */
  end(request: OrderRequest): boolean {
    return this.open.delete(request);
  }

  /** Those whose place is at most that. */
  takeUpTo(position: number): Ended[] {
    const ended: Ended[] = [];
    while (this.placed.first !== undefined && this.placed.first.position <= position) {
      const { position: place, request } = this.placed.takeFirst() ?? this.placed.first;
      const kind = this.open.get(request)?.kind;
      if (!this.open.delete(request)) continue;
      const name = kind === "read" ? "readable" : "ordered";
      ended.push({ request, outcome: { kind: name, position: place as OrderPosition } });
    }
    return ended;
  }

  /** Those whose time is over. */
  takeLate(nowMs: number): Ended[] {
    const late: OrderRequest[] = [];
    for (const [request, { dueMs }] of this.open) {
      if (dueMs > nowMs) break;
      late.push(request);
    }
    return late.map((request) => this.give(request, "noLeader"));
  }

  takeAll(): Ended[] {
    return [...this.open.keys()].map((request) => this.give(request, "stopped"));
  }

  private give(request: OrderRequest, reason: "noLeader" | "stopped"): Ended {
    const found = this.open.get(request);
    this.open.delete(request);
    const isUncertain = found?.isSent === true;
    const outcome: OrderOutcome = isUncertain ? { kind: "uncertain" } : { kind: "refused", reason };
    return { request, outcome };
  }
}
