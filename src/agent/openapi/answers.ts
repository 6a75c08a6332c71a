/** Shapes that several answers of the admin API share. */
import { z } from "zod";

export const dot = z.object({ origin: z.string(), seq: z.number() });
export const clock = z.object({ ms: z.number(), counter: z.number() });
/** JSON with the signs of json-value.ts for what JSON cannot say. */
export const value = z.unknown().describe("JSON, with $bytes, $bigint, $date, $number and $plain");
export const written = z.object({ key: z.string(), dot, durable: z.boolean() });
export const memberStatus = z.enum(["alive", "suspect", "leaving", "left", "failed"]);

/** Of lists that are read from an index on. */
export const listed = { value, from: z.string(), dot, clock };

export const errorAnswer = z.object({
  code: z.string().describe("one of docs/reference/errors.md"),
  message: z.string(),
});
