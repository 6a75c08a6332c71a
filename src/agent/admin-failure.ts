import type { ContentfulStatusCode } from "hono/utils/http-status";
import { HearsayError } from "../core/errors.ts";
import type { ErrorAnswer } from "./admin.messages.ts";

/** HTTP status of the codes that are not simply a wrong request (400). */
const statuses: Readonly<Record<string, ContentfulStatusCode>> = {
  ADMIN_UNAUTHORIZED: 401,
  ADMIN_FORBIDDEN: 403,
  ADMIN_NOT_FOUND: 404,
  MEMBER_UNKNOWN: 404,
  REPLICA_UNKNOWN: 404,
  INFO_UNKNOWN: 404,
  STATE_UNKNOWN: 404,
  STORE_FULL: 507,
  ADMIN_TOO_LARGE: 413,
  VALUE_TOO_LARGE: 413,
  ADMIN_CONTENT_TYPE: 415,
  ADMIN_BUSY: 503,
  ADMIN_RATE: 429,
  AGENT_STARTING: 503,
  QUEUE_FULL: 503,
  NODE_STOPPED: 503,
  MONITOR_OFF: 409,
  JOIN_FAILED: 502,
  ORDER_REFUSED: 409,
  ORDER_UNCERTAIN: 504,
  RAFT_STATE_LOST: 409,
  TIMEOUT: 504,
  LEAVE_TIMEOUT: 504,
};

export interface Failure {
  readonly status: ContentfulStatusCode;
  readonly answer: ErrorAnswer;
}

/** What a client is told of `error`. A bug of ours shows no more than that it is one. */
export function failureOf(error: unknown): Failure {
  if (error instanceof HearsayError) {
    return {
      status: statuses[error.code] ?? 400,
      answer: { code: error.code, message: plainMessage(error) },
    };
  }
  return {
    status: 500,
    answer: { code: "INTERNAL", message: "The agent failed; its log says how." },
  };
}

/** The message without the code in front, for the code has a field of its own. */
export function plainMessage(error: Error & { readonly code?: string }): string {
  const prefix = `[${error.code}] `;
  return error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
}
