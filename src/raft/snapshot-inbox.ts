import type { PeerId } from "../core/peer.ts";
import type { MessageOf } from "./raft.messages.ts";
import type { Snapshot } from "./state-bytes.ts";

/**
 * Puts together the pieces of one snapshot of one leader. Another leader's snapshot of the same
 * index may be other bytes, so what was begun with one does not go on with another.
 */
export class SnapshotInbox {
  private readonly maxBytes: number;
  private from: PeerId | undefined;
  private term = 0;
  private index = 0;
  private totalBytes = 0;
  /** Kept as they come: a peer that only says that more will come takes no memory. */
  private pieces: Uint8Array[] = [];
  private filled = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** @returns the whole snapshot; or where to go on; undefined for a piece that makes no sense. */
  onChunk(from: PeerId, chunk: MessageOf<"chunk">): Snapshot | number | undefined {
    const { config, index, indexTerm, offset, totalBytes } = chunk;
    const end = offset + chunk.bytes.length;
    if (totalBytes > this.maxBytes || end > totalBytes) return undefined;
    // Of pieces without content there could be any number.
    if (end === offset && end < totalBytes) return undefined;
    const isSame = this.from === from && this.term === chunk.term && this.index === index;
    if (!isSame || this.totalBytes !== totalBytes) {
      this.clear();
      this.from = from;
      this.term = chunk.term;
      this.index = index;
      this.totalBytes = totalBytes;
    }
    if (offset !== this.filled) return this.filled;
    this.pieces.push(chunk.bytes);
    this.filled = end;
    if (end < totalBytes) return end;
    const bytes = new Uint8Array(totalBytes);
    let at = 0;
    for (const piece of this.pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.clear();
    return { index, term: indexTerm, config, bytes };
  }

  clear(): void {
    this.from = undefined;
    this.pieces = [];
    this.filled = 0;
  }
}
