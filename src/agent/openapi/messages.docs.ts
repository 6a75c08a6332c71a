import { z } from "zod";
import * as requests from "../admin.requests.ts";
import { dot } from "./answers.ts";
import type { RouteDocs } from "./route-doc.ts";

const group = "messages";
const answered = z.object({
  from: z.string(),
  text: z.string().optional(),
  base64: z.string(),
});

export const messageDocs: RouteDocs = {
  "POST /v1/publish/:topic": {
    group,
    role: "write",
    summary: "Spreads a message to all who subscribe to the topic",
    body: requests.publishRequest,
    answer: z.object({ topic: z.string(), dot, durable: z.boolean() }),
  },
  "POST /v1/event": {
    group,
    role: "write",
    summary: "Sends a user event, as Serf's agents know them",
    body: requests.eventRequest,
    answer: z.object({ sent: z.string() }),
  },
  "POST /v1/query": {
    group,
    role: "write",
    summary: "Asks the cluster; answers when the time is up",
    body: requests.queryRequest,
    answer: z.object({ acks: z.array(z.string()), answers: z.array(answered) }),
  },
  "GET /v1/query/stream": {
    group,
    role: "write",
    summary: "Asks the cluster; each answer comes at once, and a summary last",
    query: z.object({
      name: z.string(),
      payload: z.string().optional().describe("bytes as text, as Serf agents take them"),
      value: z.string().optional().describe("JSON of a value, for typed queries"),
      via: z.enum(["links", "serf", "auto"]).optional(),
      timeoutMs: z.string().optional(),
      node: z.array(z.string()).optional().describe("ask only these"),
      tag: z.array(z.string()).optional().describe("name=RE2: ask only whose tags match"),
      relayCount: z.string().optional().describe("so many others also carry each word"),
    }),
    answer: "text/event-stream",
  },
  "GET /v1/watch": {
    group,
    role: "read",
    summary: "What happens from now on; goes on after Last-Event-ID",
    query: z.object({
      topic: z.array(z.string()).optional().describe("messages of these topics"),
      info: z.array(z.string()).optional().describe("patterns of keys of infos"),
      members: z.literal("1").optional(),
      events: z.literal("1").optional(),
      alerts: z.literal("1").optional().describe("those that are on, then what changes"),
      from: z.enum(["now", "start"]).optional(),
      after: z.string().optional().describe("the cursor where a former watch of infos ended"),
    }),
    answer: "text/event-stream",
    failures: {
      409: "MONITOR_OFF: this agent sees no alerts",
      503: "ADMIN_BUSY: too many clients watch",
    },
  },
};
