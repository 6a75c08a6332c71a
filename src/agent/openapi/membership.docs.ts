import { z } from "zod";
import * as requests from "../admin.requests.ts";
import { memberStatus } from "./answers.ts";
import type { RouteDocs } from "./route-doc.ts";

const group = "membership";
const texts = z.array(z.string());

const status = z.object({
  name: z.string(),
  address: z.string(),
  origin: z.string(),
  version: z.string(),
  pid: z.number(),
  startedAt: z.number(),
  members: z.record(memberStatus, z.number()),
  keys: z.number(),
  order: z.string(),
});
const member = z.looseObject({
  name: z.string(),
  address: z.string(),
  status: memberStatus,
  tags: z.record(z.string(), z.string()),
  incarnation: z.number(),
  rttMs: z.number().optional(),
  hearsay: z.boolean(),
  degraded: z.object({ since: z.number(), delayMs: z.number(), gcMs: z.number() }).optional(),
});
const overlay = z.object({
  protocol: z.enum(["rings", "hyparview"]),
  active: texts,
  passive: texts,
});
const view = z.object({
  protocol: z.string(),
  size: z.number(),
  population: z.number(),
  peers: texts,
  overlay: overlay.optional(),
});
const path = z.object({
  from: z.string(),
  to: z.string(),
  kind: z.enum(["direct", "oneWayOut", "oneWayIn", "indirect", "none", "unknown"]),
  packets: z.enum(["answered", "unanswered", "unknown"]),
  streams: z.enum(["up", "down", "unknown"]),
  via: z.string().optional(),
  sinceMs: z.number().optional(),
  ageMs: z.number().optional(),
});

const suspicion = z.object({
  name: z.string(),
  status: z.enum(["unknown", "alive", "suspect", "dead"]),
  level: z.number(),
  since: z.number().optional(),
  heardAt: z.number().optional(),
});

const near = z.object({
  name: z.string(),
  rttMs: z.number().optional(),
  errorRatio: z.number().optional(),
  measuredMs: z.number().optional(),
});
const evidence = z.looseObject({ at: z.number(), what: z.string(), text: z.string() });
const place = z.object({
  name: z.string(),
  origin: z.string(),
  standing: z.enum(["member", "left", "evicted", "former", "unknown"]),
  alive: z.boolean(),
  awayMs: z.number().optional(),
});
const replicaSet = z.object({
  replica: z.string(),
  places: z.array(place),
  seenCount: z.number().optional(),
  stableCount: z.number().optional(),
});
const keyring = z.object({
  keys: z.array(z.object({ id: z.string(), primary: z.boolean() })),
});
const joined = z.object({
  joined: z.number(),
  addresses: z.array(
    z.object({ address: z.string(), joined: z.boolean(), error: z.string().optional() }),
  ),
});
const unknownMember = { 404: "MEMBER_UNKNOWN" };

export const membershipDocs: RouteDocs = {
  "GET /v1/status": { group, role: "read", summary: "Who this agent is", answer: status },
  "GET /v1/members": {
    group,
    role: "read",
    summary: "Who is in the cluster, as this agent sees it",
    answer: z.object({ local: z.string(), members: z.array(member) }),
  },
  "GET /v1/reachability": {
    group,
    role: "read",
    summary: "Who reaches whom, as the agent knows it",
    answer: z.object({
      local: z.string(),
      members: z.array(z.string()),
      row: z.array(path),
      exceptions: z.array(path),
      sides: z.array(z.object({ members: z.array(z.string()), cutFrom: z.array(z.string()) })),
      silent: z.array(z.string()),
      relayed: z.array(z.object({ peer: z.string(), via: z.string() })),
    }),
  },
  "GET /v1/suspicions": {
    group,
    role: "read",
    summary: "What the failure detector of this agent makes of the others",
    answer: z.object({
      detector: z.enum(["swim", "phi-accrual", "heartbeat"]),
      deadLevel: z.number(),
      members: z.array(suspicion),
    }),
  },
  "GET /v1/members/:name/near": {
    group,
    role: "read",
    summary: "Living members by their distance, the nearest first",
    answer: z.object({ from: z.string(), near: z.array(near) }),
    failures: unknownMember,
  },
  "GET /v1/members/:name/why": {
    group,
    role: "read",
    summary: "The evidence behind the status of a member, oldest first",
    answer: z.object({ name: z.string(), status: memberStatus, evidence: z.array(evidence) }),
    failures: unknownMember,
  },
  "POST /v1/members/:name/leave": {
    group,
    role: "admin",
    summary: "Tells the cluster that a failed member has left",
    body: requests.forceLeaveRequest,
    answer: z.object({ left: z.string(), prune: z.boolean() }),
    failures: unknownMember,
  },
  "GET /v1/view": {
    group,
    role: "read",
    summary: "Whom this node can talk to, and what its trees stand on",
    answer: view,
  },
  "POST /v1/join": {
    group,
    role: "admin",
    summary: "Joins a cluster through nodes already in it",
    body: requests.joinRequest,
    answer: joined,
    failures: { 502: "JOIN_FAILED: no address answered" },
  },
  "POST /v1/leave": {
    group,
    role: "admin",
    summary: "Leaves the cluster; the agent ends after the answer",
    body: requests.leaveRequest,
    answer: z.object({ name: z.string(), end: z.enum(["left", "stopped"]) }),
  },
  "GET /v1/keyring": {
    group,
    role: "admin",
    summary: "The keys by their ids; a key is never given out",
    answer: keyring,
  },
  ...Object.fromEntries(
    (["install", "use", "remove"] as const).map((what) => [
      `POST /v1/keyring/${what}`,
      {
        group,
        role: "admin" as const,
        summary: `${what === "use" ? "Seals with" : what === "install" ? "Adds" : "Removes"} a key`,
        body: requests.keyRequest,
        answer: keyring,
      },
    ]),
  ),
  "GET /v1/replicas": {
    group,
    role: "read",
    summary: "Who replicates what",
    query: z.object({ name: z.string().optional() }),
    answer: z.object({ replicas: z.array(replicaSet) }),
  },
  "POST /v1/replicas/:replica/evict": {
    group,
    role: "admin",
    summary: "Takes a lost member out of a replica set",
    body: requests.evictRequest,
    answer: z.object({ ...place.shape, replica: z.string() }),
    failures: { 404: "REPLICA_UNKNOWN or MEMBER_UNKNOWN" },
  },
};
