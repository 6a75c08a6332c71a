import { HearsayError } from "../../core/errors.ts";
import { checkSignal, checkTimeout } from "../waits.ts";
import type { EverywhereOptions } from "./certificates.api.ts";

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
