/** What nodes of an ordered log say to each other, and what is ordered and kept of it. */
import { DotSet } from "../../../src/core/dot-set.ts";
import { makeOrigin } from "../../../src/core/peer.ts";
import { encodeEvent } from "../../../src/data/ordered-log/event.ts";
import { encodeCommand } from "../../../src/data/ordered-log/order-command.ts";
import { OrderState } from "../../../src/data/ordered-log/order-state.ts";
import { encodeOrderState } from "../../../src/data/ordered-log/order-state-bytes.ts";
import type { OrderedLogMessage } from "../../../src/data/ordered-log/ordered-log.messages.ts";
import { encodeOrderedLog } from "../../../src/data/ordered-log/ordered-log.wire.ts";
import { userPacket } from "./own-messages.ts";
import type { SeedMessage } from "./seeds.ts";

const one = { origin: makeOrigin("peer1", 7), seq: 1 };
const far = { origin: makeOrigin("peer2", 7), seq: 2 ** 40 };
const hash = new Uint8Array(32).fill(7);
const hlc = { ms: 1_700_000_000_000, counter: 1 };
const event = encodeEvent({ dot: one, hlc, needs: [[far.origin, 3]], data: Uint8Array.of(1, 2) });
const at = { place: 4, orderIndex: 3 };

const messages: readonly OrderedLogMessage[] = [
  { kind: "push", way: "rumor", events: [event, event] },
  { kind: "announce", names: [one, far].map((dot) => ({ dot, hash })) },
  { kind: "ack", noted: DotSet.of(one, far), safe: DotSet.of(one), load: "overload" },
  { kind: "fetch", dots: [one, far] },
  { kind: "events", events: [event], missing: [far] },
  { kind: "pending", dots: DotSet.of(one, far) },
  { kind: "report", report: { applied: at, dataThrough: at, snapshot: at } },
  { kind: "snapshotAsk", place: 9, offset: 2 ** 40, hash },
  { kind: "snapshotPiece", place: 9, offset: 0, hash, totalBytes: 2, bytes: event },
];

const commands = [
  { kind: "batch", entries: [{ dot: one, hash, needs: [[far.origin, 3] as const] }] },
  { kind: "void", dots: [far] },
  { kind: "note", bytes: event },
  { kind: "trim", place: 2 ** 40 },
] as const;

export function orderedLogMessages(): SeedMessage[] {
  const state = new OrderState();
  state.apply({ kind: "batch", entries: [{ dot: one, hash, needs: [] }] });
  state.apply({ kind: "note", bytes: event });
  const bodies = [
    ...messages.map((message) => ({ name: message.kind, body: encodeOrderedLog(message) })),
    ...commands.map((command) => ({ name: command.kind, body: encodeCommand(command) })),
    { name: "event", body: event },
    { name: "state", body: encodeOrderState(state) },
  ];
  return bodies.map(({ body, name }) => {
    return { name: `ordered log ${name}`, via: "packet", bytes: userPacket(body) };
  });
}
