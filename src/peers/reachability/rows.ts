import type { PeerId } from "../../core/peer.ts";
import type { Row, RowHead } from "./reachability.messages.ts";

/** A row and what is still to be done for it. */
interface KeptRow extends Omit<Row, "ageMs"> {
  /** When its node wrote it, by our clock. */
  readonly writtenAtMs: number;
  /** Peers that it is still to be sent to. */
  sendsLeft: number;
}

/** What nodes say of their paths, the latest of each; this node's own among them. */
export class Rows {
  private readonly rows = new Map<PeerId, KeptRow>();

  get size(): number {
    return this.rows.size;
  }

  get pathsCount(): number {
    let count = 0;
    for (const { paths } of this.rows.values()) count += paths.length;
    return count;
  }

  get hasNews(): boolean {
    for (const { sendsLeft } of this.rows.values()) if (sendsLeft > 0) return true;
    return false;
  }

  of(node: PeerId, nowMs: number): Row | undefined {
    const kept = this.rows.get(node);
    return kept && picture(kept, nowMs);
  }

  *all(nowMs: number): IterableIterator<Row> {
    for (const kept of this.rows.values()) yield picture(kept, nowMs);
  }

  heads(): RowHead[] {
    return [...this.rows.values()].map(({ boot, node, seq }) => ({ boot, node, seq }));
  }

  /** True when nothing as late is known of its node. */
  isNews(head: RowHead): boolean {
    const known = this.rows.get(head.node);
    return known === undefined || isLater(head, known);
  }

  put(row: Row, { nowMs, sendsCount }: { readonly nowMs: number; readonly sendsCount: number }) {
    const { ageMs, ...rest } = row;
    this.rows.set(row.node, { ...rest, writtenAtMs: nowMs - ageMs, sendsLeft: sendsCount });
  }

  forget(node: PeerId): boolean {
    return this.rows.delete(node);
  }

  /** Rows that still have to spread, each counted as sent once more, up to so many paths. */
  takeNews(nowMs: number, pathsMaxCount: number): Row[] {
    const taken: Row[] = [];
    let room = pathsMaxCount;
    for (const kept of this.rows.values()) {
      if (kept.sendsLeft === 0) continue;
      const cost = kept.paths.length + 1;
      if (taken.length > 0 && cost > room) break;
      room -= cost;
      kept.sendsLeft -= 1;
      taken.push(picture(kept, nowMs));
    }
    return taken;
  }

  /** Forgets what was not said again. @returns true when a row with paths was among it. */
  expire(nowMs: number, maxAgeMs: number, isLiving: (node: PeerId) => boolean): boolean {
    let hasChanged = false;
    for (const { node, paths, writtenAtMs } of [...this.rows.values()]) {
      if (nowMs - writtenAtMs < maxAgeMs && isLiving(node)) continue;
      this.rows.delete(node);
      if (paths.length > 0) hasChanged = true;
    }
    return hasChanged;
  }
}

export function isLater(one: RowHead, other: RowHead): boolean {
  return one.boot !== other.boot ? one.boot > other.boot : one.seq > other.seq;
}

function picture({ boot, node, paths, seq, writtenAtMs }: KeptRow, nowMs: number): Row {
  return { node, boot, seq, ageMs: Math.max(0, nowMs - writtenAtMs), paths };
}
