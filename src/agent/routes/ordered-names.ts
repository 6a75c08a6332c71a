import type { HearsayNode } from "../../node/api.ts";

/** Logs that something else is made of: a ledger, an operation log. */
const INNER = /^log\/(ledger|operations)\//;

/**
 * What lives in the order under `prefix`, on whichever node it was opened, by name.
 * @throws HearsayError CONFIG_OPTION on a node without an order
 */
export function orderedNames(node: HearsayNode, prefix: "log/" | "log/ledger/"): string[] {
  const machines = node.order.status().machines.filter((machine) => machine.startsWith(prefix));
  const wanted = machines.filter((machine) => prefix !== "log/" || !INNER.test(machine));
  return wanted.map((machine) => machine.slice(prefix.length)).sort();
}
