/** HashiCorp memberlist with its LAN defaults, six nodes in one process: the rate alone. */
import { DriverProcess } from "../../../test/interop/driver-process.ts";
import { goProgram } from "../../../test/interop/go-program.ts";

const NODES_COUNT = 6;
const FLOOD_MS = 20_000;
const JOIN_MAX_MS = 60_000;
/** More than it sends in that time; it keeps the newest and forgets the rest. */
const MESSAGES_COUNT = 10_000;

/** Messages that a receiver gets in a second, on average; what it loses shows only later. */
export async function floodMemberlist(): Promise<number> {
  const driver = new DriverProcess([goProgram("memberlist-driver")]);
  try {
    await driver.request("cluster", { name: "flood", count: NODES_COUNT, profile: "lan" });
    await driver.request("joinAll", { timeoutMs: JOIN_MAX_MS });
    const order = { count: MESSAGES_COUNT, timeoutMs: FLOOD_MS };
    const { received } = await driver.request<{ received: readonly number[] }>("flood", order);
    const sum = received.reduce((total, count) => total + count, 0);
    return (sum / received.length / FLOOD_MS) * 1_000;
  } finally {
    await driver.end();
  }
}
