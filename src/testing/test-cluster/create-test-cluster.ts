import type { TestCluster, TestClusterOptions } from "./cluster-api.ts";
// Loaded with this file: later the timers may be fake.
import { drainMicrotasks } from "./next-turn.ts";
import { checkClusterOptions } from "./option-checks.ts";

/**
 * Makes a cluster of real nodes on a simulated network, in virtual time. Resolves when all nodes
 * see each other and every `setup` has ended.
 *
 * @throws HearsayError CONFIG_OPTION, TEST_CLUSTER, TAGS_TOO_LARGE, TAG_RESERVED
 * @throws TestClusterFailure when the nodes do not find each other within `formLimitMs`
 */
export function createTestCluster<App = undefined>(
  options: TestClusterOptions<App>,
): Promise<TestCluster<App>>;
export async function createTestCluster(
  options: TestClusterOptions<unknown>,
): Promise<TestCluster<unknown>> {
  checkClusterOptions(options);
  // Protocols, codecs and simulator are loaded by whoever makes a cluster, not by the import.
  const { RunningCluster } = await import("./running-cluster.ts");
  await drainMicrotasks();
  return RunningCluster.create({ setup: () => undefined, ...options });
}
