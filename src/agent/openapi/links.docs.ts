import { z } from "zod";
import type { RouteDocs } from "./route-doc.ts";

const link = z.object({
  peer: z.string(),
  state: z.enum(["up", "opening", "down"]),
  begun: z.enum(["dialled", "accepted"]).optional(),
  via: z.string().optional().describe("by way of whom, where two do not reach each other"),
  since: z.number().optional().describe("wall-clock milliseconds"),
  heardAt: z.number().optional().describe("wall-clock milliseconds"),
  sentBytes: z.number().optional(),
  sentFrames: z.number().optional(),
  receivedBytes: z.number().optional(),
  receivedFrames: z.number().optional(),
  queuedFrames: z.number(),
  queuedBytes: z.number(),
  unsentBytes: z.number().describe("written, and not taken by the system yet"),
});

export const linkDocs: RouteDocs = {
  "GET /v1/links": {
    summary: "The agent's links: what each carried since it stands, and what waits for it",
    role: "read",
    group: "membership",
    answer: z.object({ links: z.array(link) }),
  },
};
