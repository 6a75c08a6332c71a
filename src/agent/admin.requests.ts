/** Bodies and parameters of requests: everything a client may say, and how much of it. */
import { z } from "zod";
import { HearsayError } from "../core/errors.ts";
import { agentDefaults } from "./agent.options.ts";

const address = z.string().min(1).max(300);
const memberName = z.string().min(1).max(128);
// Serf limits events and queries to 512 and 1,024 bytes, name included; the node says so precisely.
const payload = z.string().max(4_096).default("");

export const joinRequest = z.strictObject({ addresses: z.array(address).min(1).max(100) });
export const leaveRequest = z.strictObject({});
export const forceLeaveRequest = z.strictObject({ prune: z.boolean().default(false) });
export const evictRequest = z.strictObject({ name: memberName });
export const publishRequest = z.strictObject({ value: z.unknown() });
export const infoRequest = z.strictObject({
  value: z.unknown(),
  ttlMs: z.number().positive().optional(),
});
export const sentinelRequest = z.strictObject({ sentinel: z.enum(["hold", "follow"]) });
const versionContext = z.string().max(1_048_576).optional();
const requestId = z.string().min(1).max(1_024).optional();
export const versionRequest = z.strictObject({
  value: z.unknown(),
  context: versionContext,
  requestId,
});
export const versionDeletion = z.strictObject({ context: versionContext, requestId });
const logToken = z.string().max(1_048_576).optional();
export const logRequest = z.strictObject({
  value: z.unknown(),
  after: logToken,
  id: z.string().min(1).max(128).optional(),
  order: z.enum(["causal", "commutative", "total"]).default("causal"),
});
export const logQuery = z.strictObject({
  from: z.coerce.number().int().min(0).optional().describe("default: the last ones"),
  count: z.coerce.number().int().min(1).max(1_000).default(1_000),
  waitMs: z.coerce.number().int().min(0).default(0),
  after: logToken,
});
export const ledgerRequest = z.strictObject({
  value: z.unknown(),
  wait: z.enum(["ordered", "final"]).default("final"),
});
export const traceParams = z.object({
  topic: z.string().min(1).max(512),
  origin: z.string().min(1).max(256),
  seq: z.coerce.number().int().min(1),
});
export const overlaysQuery = z.strictObject({
  topic: z.string().max(512).optional(),
  origin: z.string().max(256).optional(),
});
export const timelineQuery = z.strictObject({
  since: z.coerce.number().int().min(0).default(0).describe("events after this number"),
  life: z.string().max(64).optional().describe("that `since` is of; of another one all are told"),
  name: memberName.optional(),
});
export const ledgerIndex = z.object({ index: z.coerce.number().int().min(0) });
export const ledgerRange = z.strictObject({
  from: z.coerce.number().int().min(0).default(0),
  to: z.coerce.number().int().min(0).default(Number.MAX_SAFE_INTEGER),
});
export const orderChange = z.strictObject({ name: z.string().min(1).max(256) });
export const orderedLogRequest = z.strictObject({
  value: z.unknown(),
  wait: z.enum(["durable", "majority", "ordered", "applied"]).default("ordered"),
});
export const orderedLogQuery = z.strictObject({
  from: z.coerce.number().int().min(1).optional(),
  waitMs: z.coerce.number().int().min(0).default(0),
});
export const lockHold = z.strictObject({
  name: z.string().min(1).max(255),
  mode: z.enum(["wait", "try"]).default("wait"),
  /** Longest wait for the lock; default: for ever. */
  waitMs: z.coerce.number().int().min(0).max(2_147_483_647).optional(),
});
export const eventRequest = z.strictObject({
  name: z.string().min(1).max(256),
  payload,
  coalesce: z.boolean().default(false),
});
export const queryRequest = z.strictObject({
  name: z.string().min(1).max(256),
  payload,
  timeoutMs: z.number().int().min(1).max(agentDefaults.queryTimeoutMaxMs).optional(),
  nodes: z.array(memberName).max(1_000).optional(),
  tags: z.record(z.string().max(128), z.string().max(256)).optional(),
  ack: z.boolean().default(false),
});
export const queryStream = z.strictObject({
  name: z.string().min(1).max(256),
  payload,
  /** JSON of a value, for typed queries; in the place of `payload`. */
  value: z.string().max(65_536).optional(),
  via: z.enum(["links", "serf", "auto"]).default("auto"),
  timeoutMs: z.coerce.number().int().min(1).max(agentDefaults.queryTimeoutMaxMs).optional(),
  nodes: z.array(memberName).max(1_000).optional(),
  tags: z.record(z.string().max(128), z.string().max(256)).optional(),
  relayCount: z.coerce.number().int().min(0).max(8).default(0),
});
export const everywhere = z.strictObject({
  timeoutMs: z.coerce.number().int().min(0).max(600_000).default(10_000),
  view: z.string().min(1).max(65_536).default("members"),
  proof: z.enum(["held", "seen"]).default("held"),
});
export const updateEverywhere = z.strictObject({
  replica: z.string().min(1).max(1_024).describe("as /v1/replicas names it"),
  origin: z.string().min(3).max(256).describe("of the dot that its write answered"),
  seq: z.coerce.number().int().min(1),
  timeoutMs: everywhere.shape.timeoutMs,
  view: z.string().min(1).max(65_536).default("replicas"),
  proof: z.enum(["held", "seen"]).default("seen"),
});
export const keyRequest = z.strictObject({ key: z.string().min(1).max(64) });

/** @throws HearsayError ADMIN_BAD_REQUEST that names the field. */
export function parseBody<S extends z.ZodType>(schema: S, json: unknown): z.output<S> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "body" : issue.path.join(".");
  throw new HearsayError("ADMIN_BAD_REQUEST", `${where}: ${issue?.message ?? "is not valid"}.`);
}
