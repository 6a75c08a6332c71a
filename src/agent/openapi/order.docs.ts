import { z } from "zod";
import * as requests from "../admin.requests.ts";
import { dot, listed } from "./answers.ts";
import type { RouteDocs } from "./route-doc.ts";

const texts = z.array(z.string());
const order = z.object({
  engine: z.string(),
  group: z.string(),
  state: z.enum(["waiting", "running", "lost", "stopped"]),
  leader: z.string().optional(),
  isLeader: z.boolean(),
  term: z.number(),
  role: z.enum(["voter", "learner", "none"]),
  voters: texts,
  learners: texts,
  position: z.number(),
  machines: texts,
  snapshot: z.enum(["none", "needed"]),
});
const number = z.number();
const orderLog = z.object({
  firstIndex: number,
  lastIndex: number,
  commitIndex: number,
  appliedIndex: number,
  bytes: number,
  followers: z
    .array(
      z.object({
        name: z.string(),
        role: z.enum(["voter", "learner"]),
        matchIndex: number,
        commitIndex: number,
        sending: z.enum(["probe", "replicate", "snapshot"]),
        heardMs: number,
      }),
    )
    .optional()
    .describe("only of a leader, for nobody else knows how far the others are"),
});
const names = z.object({ names: texts });
const orderedEntry = z.object({
  index: z.number(),
  place: z.number(),
  ...listed,
  vectorClock: z.record(z.string(), z.number()),
});
const lock = z.object({
  kind: z.enum(["lock", "leader"]),
  name: z.string(),
  holder: z.string(),
  token: z.number(),
  waiting: texts,
});
const ledger = z.looseObject({
  name: z.string(),
  state: z.enum(["founding", "running", "halted", "stopped"]),
  chainId: z.string().optional(),
  height: z.number(),
  head: z.string().optional(),
  finalIndex: z.number(),
  pendingCount: z.number(),
});
const refused = {
  409: "ORDER_REFUSED: nobody leads, or this node may not",
  504: "ORDER_UNCERTAIN: it may still take effect",
};

const changes = {
  promote: "Makes a learner a voter",
  remove: "Takes a voter or a learner out of the group",
  transfer: "Hands the leadership over",
} as const;

export const orderDocs: RouteDocs = {
  "GET /v1/order": {
    group: "order",
    role: "read",
    summary: "The order as this node knows it, and how far its log is",
    answer: order.extend({ log: orderLog.optional() }),
  },
  ...Object.fromEntries(
    Object.entries(changes).map(([what, summary]) => [
      `POST /v1/order/${what}`,
      {
        group: "order",
        role: "admin" as const,
        summary: `${summary}; asked of the leader`,
        body: requests.orderChange,
        answer: order,
        failures: refused,
      },
    ]),
  ),
  "GET /v1/order/logs": {
    group: "order",
    role: "read",
    summary: "The ordered logs of the group, by name",
    answer: names,
  },
  "GET /v1/order/logs/:log": {
    group: "order",
    role: "read",
    summary: "Entries of an ordered log",
    query: requests.orderedLogQuery,
    answer: z.object({
      log: z.string(),
      status: z.enum(["ok", "behind"]),
      entries: z.array(orderedEntry),
      next: z.number(),
      ordered: z.number(),
    }),
  },
  "POST /v1/order/logs/:log": {
    group: "order",
    role: "write",
    summary: "Appends to an ordered log",
    body: requests.orderedLogRequest,
    answer: z.object({ dot, durable: z.boolean(), index: z.number().optional() }),
    failures: refused,
  },
  "GET /v1/locks": {
    group: "order",
    role: "read",
    summary: "Locks that are held, and leaders, as this node knows them",
    answer: z.object({ node: z.string(), locks: z.array(lock) }),
  },
  "GET /v1/locks/hold": {
    group: "order",
    role: "write",
    summary: "Holds a lock for as long as the stream is read",
    query: requests.lockHold,
    answer: "text/event-stream",
  },
  "GET /v1/ledgers": {
    group: "ledgers",
    role: "read",
    summary: "The ledgers of the group, by name",
    answer: names,
  },
  "GET /v1/ledgers/:ledger": {
    group: "ledgers",
    role: "read",
    summary: "A ledger as this node knows it",
    answer: ledger,
  },
  "POST /v1/ledgers/:ledger": {
    group: "ledgers",
    role: "write",
    summary: "Appends an entry",
    body: requests.ledgerRequest,
    answer: z.looseObject({ dot, durable: z.boolean(), index: z.number() }),
    failures: refused,
  },
  "GET /v1/ledgers/:ledger/blocks/:which": {
    group: "ledgers",
    role: "read",
    summary: "A block by its number or hash, with its entries",
    answer: z.looseObject({ entries: z.array(z.looseObject({})) }),
    failures: { 404: "ADMIN_NOT_FOUND: it is not final here" },
  },
  "GET /v1/ledgers/:ledger/proofs/:index": {
    group: "ledgers",
    role: "read",
    summary: "A proof that an entry is in the ledger",
    answer: z.looseObject({}),
    failures: { 404: "STATE_UNKNOWN" },
  },
  "GET /v1/ledgers/:ledger/export": {
    group: "ledgers",
    role: "read",
    summary: "Blocks as lines of an export, at most 64 at once",
    query: requests.ledgerRange,
    answer: z.object({ lines: texts, next: z.number().optional() }),
  },
};
