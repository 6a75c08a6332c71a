import { expect, it } from "vitest";
import { peerId } from "../core/peer.ts";
import type { MessageOf } from "./raft.messages.ts";
import { SnapshotInbox } from "./snapshot-inbox.ts";

const leader = peerId("a");
const config = { voters: [{ peer: leader, disk: 1 }], learners: [] };

interface Piece {
  readonly term?: number;
  readonly totalBytes?: number;
  readonly offset: number;
  readonly bytes: readonly number[];
}

function chunk({ bytes, offset, term = 3, totalBytes = 4 }: Piece): MessageOf<"chunk"> {
  const envelope = { kind: "chunk", group: 1, disk: 1, term } as const;
  const what = { index: 9, indexTerm: 2, config, totalBytes, offset };
  return { ...envelope, ...what, bytes: Uint8Array.from(bytes) };
}

it("puts pieces together, and asks again for what does not come next", () => {
  const inbox = new SnapshotInbox(100);
  expect(inbox.onChunk(leader, chunk({ offset: 0, bytes: [1, 2] }))).toBe(2);
  expect(inbox.onChunk(leader, chunk({ offset: 0, bytes: [1, 2] }))).toBe(2);
  expect(inbox.onChunk(leader, chunk({ offset: 3, bytes: [4] }))).toBe(2);
  const whole = inbox.onChunk(leader, chunk({ offset: 2, bytes: [3, 4] }));
  expect(whole).toEqual({ index: 9, term: 2, config, bytes: Uint8Array.of(1, 2, 3, 4) });
});

it("begins anew with another leader, for its snapshot may be other bytes", () => {
  const inbox = new SnapshotInbox(100);
  expect(inbox.onChunk(leader, chunk({ offset: 0, bytes: [1, 2] }))).toBe(2);
  expect(inbox.onChunk(peerId("b"), chunk({ offset: 2, bytes: [8, 8] }))).toBe(0);
  expect(inbox.onChunk(peerId("b"), chunk({ offset: 0, bytes: [7, 7, 7] }))).toBe(3);
  expect(inbox.onChunk(peerId("b"), chunk({ offset: 3, bytes: [7], term: 4 }))).toBe(0);
});

it("takes no absurd pieces: too large, behind the end, or without content", () => {
  const inbox = new SnapshotInbox(100);
  expect(inbox.onChunk(leader, chunk({ offset: 0, bytes: [1], totalBytes: 101 }))).toBeUndefined();
  expect(inbox.onChunk(leader, chunk({ offset: 4, bytes: [1] }))).toBeUndefined();
  expect(inbox.onChunk(leader, chunk({ offset: 0, bytes: [] }))).toBeUndefined();
  const empty = inbox.onChunk(leader, chunk({ offset: 0, bytes: [], totalBytes: 0 }));
  expect(empty).toMatchObject({ index: 9, bytes: new Uint8Array(0) });
});
