import type { z } from "zod";
import type { AdminRole } from "../access/admin-tokens.ts";

/** What is said of one route: its role is enforced, the rest is the OpenAPI document. */
export interface RouteDoc {
  readonly summary: string;
  /** What a token must allow. Undefined: none is needed, as of a probe. */
  readonly role: AdminRole | undefined;
  readonly group: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** A schema, or the media type of what is no JSON. */
  readonly answer: z.ZodType | "text/plain" | "text/event-stream";
  /** Statuses beside those that any route may answer with. */
  readonly failures?: Readonly<Record<number, string>>;
}

/** By `GET /v1/status`, as the routes are registered. */
export type RouteDocs = Readonly<Record<string, RouteDoc>>;
