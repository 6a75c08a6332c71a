/** Outside programs that the tests need: here their lack is a named skip, in CI a failure. */
import { goMissing } from "./memberlist-build.ts";
import { serfMissing } from "./serf-agent.ts";

/**
 * Undefined when the program is there, else the line that installs it.
 * @throws in CI, where nothing may be missing.
 */
export function requireInCi(program: "go" | "serf"): string | undefined {
  const missing = program === "go" ? goMissing() : serfMissing();
  if (missing !== undefined && process.env["CI"] === "true") {
    throw new Error(`CI needs ${program}: ${missing}`);
  }
  return missing;
}
