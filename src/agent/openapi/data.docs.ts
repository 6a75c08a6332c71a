import { z } from "zod";
import * as requests from "../admin.requests.ts";
import { dot, listed, value, written } from "./answers.ts";
import type { RouteDocs } from "./route-doc.ts";

const pattern = z.object({ pattern: z.string().optional().describe("such as load:*") });
const info = z.object({
  key: z.string(),
  ...listed,
  expiresAt: z.number().optional(),
  path: z
    .object({
      nodeId: z.number(),
      peerId: z.number(),
      hops: z.number(),
      origStamp: z.string(),
    })
    .optional(),
});
const state = z.object({
  member: z.string(),
  key: z.string(),
  value,
  dot,
  expiresAt: z.number().optional(),
});
const namedReplicas = z.array(
  z.object({ name: z.string(), isOpen: z.boolean(), nodesCount: z.number() }),
);
const { value: _, ...sibling } = listed;
const siblings = {
  values: z.array(value),
  siblings: z.array(z.object(listed)),
  context: z.string(),
};
const versionWritten = z.union([
  z.object({
    status: z.literal("ok"),
    context: z.string(),
    dot: dot.optional(),
    durable: z.boolean(),
  }),
  z.object({ status: z.enum(["stale", "too-many-siblings"]), ...siblings }),
]);
const link = z.object({
  nodeId: z.number(),
  address: z.string(),
  ageMs: z.number(),
  infosSent: z.number(),
  infosReceived: z.number(),
  bytesSent: z.number(),
  bytesReceived: z.number(),
});
const infoNetwork = z.object({
  nodeId: z.number(),
  clusterId: z.string().optional(),
  address: z.string(),
  condition: z.enum(["connected", "stalled"]),
  sentinel: z.enum(["hold", "follow"]),
  nodeIdTakenBy: z.string().optional(),
  linksMaxCount: z.number(),
  outgoing: z.array(link),
  incoming: z.array(link),
  refusedCount: z.number(),
  nodes: z.array(z.object({ nodeId: z.number(), address: z.string() })),
  connectivity: z.object({
    sentinelNodeId: z.number(),
    links: z.array(z.object({ sourceId: z.number(), targetId: z.number() })),
  }),
  highWaterStamps: z.record(z.string(), z.string()),
  infosCount: z.number(),
});
const noInfo = { 404: "INFO_UNKNOWN" };
const noState = { 404: "STATE_UNKNOWN" };

const certificate = z.looseObject({
  everywhere: z.boolean(),
  dot,
  evidence: z.array(z.looseObject({ name: z.string(), origin: z.string() })),
  missing: z.array(z.looseObject({ name: z.string(), why: z.string() })),
  gone: z.array(z.looseObject({ name: z.string(), how: z.string() })),
});

const infoDocs: RouteDocs = {
  "GET /v1/infos": {
    group: "infos",
    role: "read",
    summary: "Infos, by key, and the cursor from which to watch them",
    query: pattern,
    answer: z.object({ infos: z.array(info), cursor: z.string() }),
  },
  "GET /v1/infos/:key/everywhere": {
    group: "infos",
    role: "read",
    summary: "Waits until every living member of a view holds the key's latest write",
    query: z.object({
      timeoutMs: z.string().optional(),
      view: z.string().optional().describe("members, replicas, or names with commas between"),
      proof: z.enum(["held", "seen"]).optional(),
    }),
    answer: certificate,
    failures: noInfo,
  },
  "GET /v1/everywhere": {
    group: "membership",
    role: "read",
    summary: "Waits until every living member of a view has an update of a replica",
    query: requests.updateEverywhere,
    answer: certificate,
    failures: { 404: "REPLICA_UNKNOWN: it is not open on this node" },
  },
  "GET /v1/infos/:key": {
    group: "infos",
    role: "read",
    summary: "One info",
    answer: info,
    failures: noInfo,
  },
  "PUT /v1/infos/:key": {
    group: "infos",
    role: "write",
    summary: "Sets an info for all nodes",
    body: requests.infoRequest,
    answer: written,
  },
  "DELETE /v1/infos/:key": {
    group: "infos",
    role: "write",
    summary: "Deletes an info on all nodes",
    answer: written,
    failures: noInfo,
  },
  "GET /v1/info-network": {
    group: "infos",
    role: "read",
    summary: "Links, nodes and stamps, where infos travel by gRPC",
    answer: infoNetwork,
  },
  "PUT /v1/info-network/sentinel": {
    group: "infos",
    role: "admin",
    summary: "Holds the sentinel of the info network, or follows that of others",
    body: requests.sentinelRequest,
    answer: infoNetwork,
  },
};

const stateDocs: RouteDocs = {
  "GET /v1/state": {
    group: "state",
    role: "read",
    summary: "What nodes say of themselves, by member, then key",
    query: pattern.extend({ member: z.string().optional() }),
    answer: z.object({ states: z.array(state) }),
  },
  "GET /v1/state/:member/:key": {
    group: "state",
    role: "read",
    summary: "One thing that a node says of itself",
    answer: state,
    failures: noState,
  },
  "PUT /v1/state/:key": {
    group: "state",
    role: "write",
    summary: "Says something of this agent's own node",
    body: requests.infoRequest,
    answer: written,
  },
  "DELETE /v1/state/:key": {
    group: "state",
    role: "write",
    summary: "Says it no longer",
    answer: written,
    failures: noState,
  },
};

const versionDocs: RouteDocs = {
  "GET /v1/versions": {
    group: "versions",
    role: "read",
    summary: "Stores that this node knows of, by name",
    answer: z.object({ stores: namedReplicas }),
  },
  "GET /v1/versions/:store/:key/history": {
    group: "versions",
    role: "read",
    summary: "The versions of a key, what each writer had seen, and what they have replaced",
    answer: z.object({
      store: z.string(),
      key: z.string(),
      versions: z.array(
        z.object({
          ...sibling,
          value: value.optional().describe("absent: what was seen is deleted"),
          seen: z
            .array(z.object({ origin: z.string(), first: z.number(), last: z.number() }))
            .describe("runs of writes of the whole store, those of this key among them"),
        }),
      ),
      replaced: z.array(dot).describe("the last 64, while they are remembered"),
      context: z.string().describe("for the write that replaces these versions"),
    }),
  },
  "GET /v1/versions/:store": {
    group: "versions",
    role: "read",
    summary: "The keys of a store, and which of them are in conflict",
    query: pattern,
    answer: z.object({
      store: z.string(),
      keys: z.array(z.object({ key: z.string(), conflict: z.boolean() })),
    }),
  },
  "GET /v1/versions/:store/:key": {
    group: "versions",
    role: "read",
    summary: "The values of a key, and the context to write after them",
    answer: z.object({ store: z.string(), key: z.string(), ...siblings }),
  },
  "PUT /v1/versions/:store/:key": {
    group: "versions",
    role: "write",
    summary: "Writes after what the context has seen",
    body: requests.versionRequest,
    answer: versionWritten,
  },
  "DELETE /v1/versions/:store/:key": {
    group: "versions",
    role: "write",
    summary: "Deletes what the context has seen",
    body: requests.versionDeletion,
    answer: versionWritten,
  },
};

const number = z.number().nullable();
const estimate = z.object({
  value: number,
  errorBound: number,
  ageMs: z.number(),
  epoch: z.number(),
  rounds: z.number(),
  stale: z.boolean(),
});
const aggregate = z.object({
  name: z.string(),
  kind: z.enum(["number", "custom"]),
  own: number,
  estimates: z.record(z.string(), estimate),
  top: z.array(
    z.object({
      item: z.string(),
      atLeast: z.number(),
      atMost: z.number(),
      certain: z.boolean(),
    }),
  ),
});

const otherDocs: RouteDocs = {
  "GET /v1/aggregates": {
    group: "aggregates",
    role: "read",
    summary: "Aggregates that this agent takes part in, by name",
    answer: z.object({ aggregates: z.array(aggregate) }),
  },
  "GET /v1/aggregates/:name": {
    group: "aggregates",
    role: "read",
    summary: "What is known of one aggregate",
    answer: aggregate,
    failures: { 404: "ADMIN_NOT_FOUND" },
  },
  "GET /v1/logs": {
    group: "logs",
    role: "read",
    summary: "Operation logs that this node knows of, by name",
    answer: z.object({ logs: namedReplicas }),
  },
  "GET /v1/logs/:log": {
    group: "logs",
    role: "read",
    summary: "Entries of an operation log as this node executed them, with their direct causes",
    query: requests.logQuery,
    answer: z.object({
      log: z.string(),
      status: z.enum(["ok", "behind"]),
      entries: z.array(
        z.object({
          index: z.number(),
          ...listed,
          order: z.enum(["causal", "commutative", "total"]).optional(),
          causes: z
            .array(dot)
            .max(32)
            .optional()
            .describe("what its author had seen, without what one of these had seen"),
          causesLeftOut: z.number().optional(),
        }),
      ),
      next: z.number(),
      first: z.number().describe("index of the oldest entry that is kept"),
      end: z.number().describe("index of the entry that will come next"),
      after: z.string(),
    }),
  },
  "POST /v1/logs/:log": {
    group: "logs",
    role: "write",
    summary: "Appends an operation",
    body: requests.logRequest,
    answer: z.object({
      status: z.enum(["written", "known"]),
      dot,
      durable: z.boolean(),
      after: z.string(),
    }),
  },
};

export const dataDocs: RouteDocs = { ...infoDocs, ...stateDocs, ...versionDocs, ...otherDocs };
