import { HearsayError } from "../../core/errors.ts";
import { parseOrigin } from "../../core/peer.ts";
import { checkSignal, checkTimeout } from "../waits.ts";
import type { EverywhereOptions, UpdateName } from "./certificates.api.ts";

/** @throws HearsayError CONFIG_OPTION */
export function checkUpdate(update: UpdateName): void {
  const given: unknown = update;
  const { dot, replica } = isObject(given) ? given : {};
  const { origin, seq } = isObject(dot) ? dot : {};
  const isSeq = typeof seq === "number" && Number.isSafeInteger(seq) && seq >= 1;
  const isOrigin = typeof origin === "string" && parseOrigin(origin) !== undefined;
  if (typeof replica === "string" && isSeq && isOrigin) return;
  throw refusal("everywhere takes { replica, dot }: a name, and the dot that a write resolved to");
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null;
}

const OPTION_NAMES = ["timeoutMs", "signal", "view", "proof"];

/** @throws HearsayError CONFIG_OPTION */
export function checkEverywhere(options: EverywhereOptions): void {
  for (const name of Object.keys(options)) {
    if (OPTION_NAMES.includes(name)) continue;
    throw refusal(`${name} is no option of everywhere; known: ${OPTION_NAMES.join(", ")}`);
  }
  const { proof = "held", signal, timeoutMs, view = "members" } = options;
  checkTimeout(timeoutMs);
  checkSignal(signal);
  if (proof !== "held" && proof !== "seen") throw refusal('proof must be "held" or "seen"');
  const areNames = Array.isArray(view) && view.every((one) => typeof one === "string");
  if (view === "members" || view === "replicas" || (areNames && view.length > 0)) return;
  throw refusal('view must be "members", "replicas" or a list of names');
}

function refusal(detail: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", `${detail}.`);
}
