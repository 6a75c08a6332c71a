import { HearsayError } from "../../core/errors.ts";
import type { OrderedGap } from "./ordered-log.api.ts";

/** Of whoever misses entries; `what` begins the sentence, `fix` ends it. */
export function trimmedError(what: string, gap: OrderedGap, fix: string): HearsayError {
  const entries = `entries ${gap.afterIndex + 1} to ${gap.throughIndex} are held no more`;
  return new HearsayError("LOG_TRIMMED", `${what}: ${entries}; ${fix}`);
}
