/** Outside programs that the tests need: here their lack is a named skip, in CI a failure. */
import { buildahMissing } from "./container-base.ts";
import { etcdMissing } from "./etcd-cluster.ts";
import { goMissing, goProgram } from "./go-program.ts";
import { grpcPythonMissing } from "./info-network-peer.ts";
import { serfMissing } from "./serf-agent.ts";

const missingOf = {
  buildah: buildahMissing,
  etcd: etcdMissing,
  go: goMissing,
  "grpc-python": grpcPythonMissing,
  serf: serfMissing,
} as const;

/**
 * Undefined when the program is there, else the line that installs it. With Go the driver is built,
 * for no test may have to wait for that.
 * @throws in CI, where nothing may be missing, and when the driver cannot be built.
 */
export function requireInCi(program: keyof typeof missingOf): string | undefined {
  const missing = missingOf[program]();
  if (missing !== undefined && process.env["CI"] === "true") {
    throw new Error(`CI needs ${program}: ${missing}`);
  }
  if (missing === undefined && program === "go") goProgram("memberlist-driver");
  return missing;
}
