import type { OrderRequest } from "../core/orderer.ts";
import type { Wish } from "./raft.messages.ts";

/** Where a request stands in the leader's log, and as an entry of which term. */
export interface Placed {
  readonly kind: Wish["kind"];
  readonly index: number;
  readonly term: number;
}

interface Pending extends Placed {
  readonly dueMs: number;
  /** 0: not known yet. */
  index: number;
  term: number;
}

/** What this node has asked for and has no outcome yet, oldest first. */
export class Requests {
  private readonly pending = new Map<OrderRequest, Pending>();
  /** By the index where they should appear; several where leaders have changed. */
  private readonly byIndex = new Map<number, OrderRequest[]>();
  private last: number;

  constructor(last: number) {
    this.last = last;
  }

  get count(): number {
    return this.pending.size;
  }

  /** When the time of the oldest one is over; undefined when there is none. */
  get dueMs(): number | undefined {
    for (const { dueMs } of this.pending.values()) return dueMs;
    return undefined;
  }

  next(): OrderRequest {
    this.last += 1;
    return this.last as OrderRequest;
  }

  begin(request: OrderRequest, kind: Wish["kind"], dueMs: number): void {
    this.pending.set(request, { kind, dueMs, index: 0, term: 0 });
  }

  kindOf(request: OrderRequest): Wish["kind"] | undefined {
    return this.pending.get(request)?.kind;
  }

  /** It stands, or may be read, there. */
  place(request: OrderRequest, index: number, term: number): void {
    const found = this.pending.get(request);
    if (found === undefined || found.index !== 0) return;
    found.index = index;
    found.term = term;
    const others = this.byIndex.get(index);
    if (others === undefined) this.byIndex.set(index, [request]);
    else others.push(request);
  }

  /** @returns whether it was still open. */
  end(request: OrderRequest): boolean {
    const found = this.pending.get(request);
    if (found === undefined) return false;
    this.pending.delete(request);
    const others = this.byIndex.get(found.index)?.filter((one) => one !== request) ?? [];
    if (others.length > 0) this.byIndex.set(found.index, others);
    else this.byIndex.delete(found.index);
    return true;
  }

  /** Those that wait for this index, which is applied. */
  takeAt(index: number): readonly (Placed & { readonly request: OrderRequest })[] {
    const requests = this.byIndex.get(index) ?? [];
    this.byIndex.delete(index);
    return requests.flatMap((request) => {
      const found = this.pending.get(request);
      this.pending.delete(request);
      return found === undefined ? [] : [{ ...found, request }];
    });
  }

  /** Those whose time is over. */
  takeLate(nowMs: number): OrderRequest[] {
    const late: OrderRequest[] = [];
    for (const [request, { dueMs }] of this.pending) {
      if (dueMs > nowMs) break;
      late.push(request);
    }
    for (const request of late) this.end(request);
    return late;
  }

  takeAll(): OrderRequest[] {
    const all = [...this.pending.keys()];
    this.pending.clear();
    this.byIndex.clear();
    return all;
  }
}
