import { HearsayError } from "../../core/errors.ts";
import type { SerfQueryOptions } from "../api.ts";
import { checkTimeout } from "../waits.ts";

/** One byte on the wire. [serf: RelayFactor uint8] */
const RELAY_FACTOR_MAX = 255;

/** @throws HearsayError CONFIG_OPTION for what Serf's messages have no place for. */
export function checkSerfMessage(name: unknown, payload: unknown): void {
  if (typeof name !== "string") throw refusal("the name of a Serf event or query", name, "a text");
  if (payload === undefined || typeof payload === "string" || payload instanceof Uint8Array) return;
  throw refusal("its payload", payload, "a text or a Uint8Array");
}

/** @throws HearsayError CONFIG_OPTION */
export function checkQueryOptions(options: SerfQueryOptions): void {
  const { nodes, relayFactor = 0, tags, timeoutMs } = options;
  checkTimeout(timeoutMs);
  if (!Number.isSafeInteger(relayFactor) || relayFactor < 0 || relayFactor > RELAY_FACTOR_MAX) {
    throw refusal("relayFactor", relayFactor, `a whole number from 0 to ${RELAY_FACTOR_MAX}`);
  }
  const areNames = Array.isArray(nodes) && nodes.every((one) => typeof one === "string");
  if (nodes !== undefined && !areNames) throw refusal("nodes", nodes, "a list of names");
  if (tags !== undefined) checkTexts("tags", tags);
}

/** @throws HearsayError CONFIG_OPTION */
export function checkTexts(what: string, texts: unknown): void {
  const isRecord = typeof texts === "object" && texts !== null && !Array.isArray(texts);
  if (isRecord && Object.values(texts).every((one) => typeof one === "string")) return;
  throw refusal(what, texts, "an object whose values are texts");
}

function refusal(what: string, value: unknown, rule: string): HearsayError {
  const shown = typeof value === "number" ? String(value) : `a value of type ${typeof value}`;
  return new HearsayError("CONFIG_OPTION", `${what} is ${shown}, but must be ${rule}.`);
}
