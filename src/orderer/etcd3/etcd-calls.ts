import type { Etcd3, ICompare, IKeyValue, IRangeResponse, IRequestOp } from "etcd3";
import type {
  KeyRange,
  StoreAnswer,
  StoreCommit,
  StoreCompare,
  StoreFailure,
  StoreFound,
  StoreItem,
  StoreRequest,
  StoreWrite,
} from "../store.messages.ts";

/* etcd's v3 calls, as its .proto names them. */

const EQUAL = 0;
const CREATED = 1;
const MODIFIED = 2;

interface CallOptions {
  readonly deadline: number;
}

/** Makes one call. @throws whatever the client throws */
export async function callEtcd(
  client: Etcd3,
  request: StoreRequest,
  timeoutMs: number,
): Promise<StoreAnswer> {
  const options = { deadline: Date.now() + timeoutMs };
  if (request.kind === "commit") return commit(client, request, options);
  if (request.kind === "look") return look(client, request.reads, options);
  if (request.kind === "forgetPast") {
    await client.kv.compact({ revision: request.revision }, options);
    return { kind: "done" };
  }
  if (request.kind === "grant") {
    const ttl = Math.ceil(request.ttlMs / 1_000);
    const { ID, TTL } = await client.leaseClient.leaseGrant({ TTL: ttl }, options);
    return { kind: "leased", lease: ID, ttlMs: Number(TTL) * 1_000 };
  }
  if (request.kind === "keepAlive") return keepAlive(client, request.lease, options);
  await client.leaseClient.leaseRevoke({ ID: request.lease }, options);
  return { kind: "done" };
}

async function commit(
  client: Etcd3,
  { compares, reads, writes }: StoreCommit,
  options: CallOptions,
): Promise<StoreAnswer> {
  const transaction = {
    compare: compares.map(compareOf),
    success: writes.map(writeOf),
    failure: reads.map(readOf),
  };
  const answer = await client.kv.txn(transaction, options);
  const isDone = answer.succeeded;
  const found = isDone ? [] : answer.responses.map((one) => foundOf(one.response_range));
  return { kind: "committed", revision: Number(answer.header.revision), isDone, found };
}

/** A transaction without writes: etcd reads it as of one revision, and no disk is written. */
async function look(
  client: Etcd3,
  reads: readonly KeyRange[],
  options: CallOptions,
): Promise<StoreAnswer> {
  const answer = await client.kv.txn({ success: reads.map(readOf) }, options);
  const found = answer.responses.map((one) => foundOf(one.response_range));
  return { kind: "looked", revision: Number(answer.header.revision), found };
}

async function keepAlive(client: Etcd3, lease: string, options: CallOptions): Promise<StoreAnswer> {
  const stream = await client.leaseClient.leaseKeepAlive(options);
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("end", () => reject(new Error("the stream of the lease ended")));
    stream.on("data", ({ TTL }) => {
      resolve({ kind: "leased", lease, ttlMs: Math.max(0, Number(TTL)) * 1_000 });
      stream.end();
    });
    stream.write({ ID: lease });
  });
}

function compareOf({ key, of, revision }: StoreCompare): ICompare {
  const base = { key: Buffer.from(key), result: EQUAL };
  if (of === "created") return { ...base, target: CREATED, create_revision: revision };
  return { ...base, target: MODIFIED, mod_revision: revision };
}

function writeOf(write: StoreWrite): IRequestOp {
  if (write.kind === "delete") return { request_delete_range: keysOf(write) };
  const { key, lease, value } = write;
  const put = { key: Buffer.from(key), value: bytesOf(value) };
  return { request_put: lease === undefined ? put : { ...put, lease } };
}

function readOf(range: KeyRange): IRequestOp {
  return { request_range: { ...keysOf(range), limit: range.limitCount } };
}

function keysOf({ from, to }: { readonly from: string; readonly to?: string }) {
  const key = Buffer.from(from);
  return to === undefined ? { key } : { key, range_end: Buffer.from(to) };
}

function foundOf({ kvs, more }: IRangeResponse): StoreFound {
  return { items: kvs.map(itemOf), hasMore: more };
}

export function itemOf({ create_revision, key, mod_revision, value }: IKeyValue): StoreItem {
  return {
    key: key.toString("utf8"),
    value,
    createdAt: Number(create_revision),
    modifiedAt: Number(mod_revision),
  };
}

/** The same bytes, as the client wants them. */
function bytesOf({ buffer, byteLength, byteOffset }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/**
 * What is certain about a call that failed; all else may have had its effect. Its words are etcd's
 * and gRPC's own: the client keeps no codes.
 */
const certain: readonly (readonly [RegExp, StoreFailure])[] = [
  [/permission denied|invalid auth token|authentication failed|user name (is )?empty/i, "denied"],
  [/requested lease not found|duplicate key given|certificate|self[- ]signed/i, "denied"],
  [/request is too large|too many operations|message larger than max/i, "tooLarge"],
  [/database space exceeded/i, "noSpace"],
  [/no connection established|name resolution failed|ECONNREFUSED|ENOTFOUND/i, "unreachable"],
];

export function failureOf(error: unknown): Extract<StoreAnswer, { kind: "failed" }> {
  const detail = error instanceof Error ? error.message : String(error);
  const reason = certain.find(([words]) => words.test(detail))?.[1] ?? "unknown";
  return { kind: "failed", reason, detail };
}
