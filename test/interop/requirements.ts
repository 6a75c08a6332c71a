/** Outside programs that the tests need: here their lack is a named skip, in CI a failure. */
import { goMissing, memberlistDriver } from "./memberlist-build.ts";
import { serfMissing } from "./serf-agent.ts";

/**
 * Undefined when the program is there, else the line that installs it. With Go the driver is built,
 * for no test may have to wait for that.
 * @throws in CI, where nothing may be missing, and when the driver cannot be built.
 */
export function requireInCi(program: "go" | "serf"): string | undefined {
  const missing = program === "go" ? goMissing() : serfMissing();
  if (missing !== undefined && process.env["CI"] === "true") {
    throw new Error(`CI needs ${program}: ${missing}`);
  }
  if (missing === undefined && program === "go") memberlistDriver();
  return missing;
}
