import { HearsayError } from "../core/errors.ts";
import type { OrdererChoice } from "../node/orderer/orderer.api.ts";
import type { EtcdAccess } from "./etcd3/etcd-access.ts";

export type { EtcdAccess } from "./etcd3/etcd-access.ts";

/** What `etcd` takes. */
export interface EtcdChoice extends EtcdAccess {
  /** What the group of nodes is called. Default "main". */
  readonly group?: string;
  /** What all keys of the group begin with. Default "hearsay/GROUP/". */
  readonly namespace?: string;
  /**
   * The nodes that must have the data of an event before it is ordered, a majority of them. Counts
   * only while the namespace is empty, and is kept there; `node.order.promote` and `remove` change
   * it.
   */
  readonly voters: readonly string[];
  /**
   * Where this node keeps what it holds of the order's data: "disk" (default) needs `dataDir`;
   * "memory" is for tests. The order itself is on etcd's disks.
   */
  readonly storage?: "disk" | "memory";
  /** Single numbers (docs/reference/options.md, etcd). */
  readonly options?: Readonly<Record<string, number | string>>;
}

const NAMES = [
  ...["auth", "credentials", "group", "grpcOptions", "hosts"],
  ...["namespace", "options", "storage", "voters"],
];
/** Longest name of a group, or namespace. [because: each key begins with it] */
const NAME_MAX_LENGTH = 256;

/**
 * Order by way of an etcd that stands already:
 * `startNode({ orderer: etcd({ hosts: ["127.0.0.1:2379"], voters: ["p1", "p2", "p3"] }) })`.
 * Needs the package etcd3. See docs/order-etcd.md.
 * @throws HearsayError CONFIG_OPTION
 */
export function etcd(choice: EtcdChoice): OrdererChoice {
  checkChoice(choice);
  const { group = "main", namespace = `hearsay/${group}/`, storage = "disk" } = choice;
  const given = { ...choice, hosts: [...choice.hosts], voters: [...choice.voters], namespace };
  return Object.freeze({
    engine: "etcd",
    group,
    storage,
    load: async () => {
      const { EtcdEngine } = await import("./etcd-engine.ts");
      const { loadEtcd3 } = await import("./etcd3/load-etcd3.ts");
      return new EtcdEngine(await loadEtcd3(), given);
    },
  });
}

function checkChoice(choice: unknown): void {
  if (typeof choice !== "object" || choice === null) {
    throw refusal("takes an object such as { hosts: [...], voters: [...] }.");
  }
  const unknown = Object.keys(choice).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw refusal(`has no option ${unknown}. Known: ${NAMES.join(", ")}.`);
  }
  const given = new Map<string, unknown>(Object.entries(choice));
  checkList("hosts", given.get("hosts"), "places of etcd's members, such as 127.0.0.1:2379");
  checkList("voters", given.get("voters"), 'names of nodes, such as ["p1", "p2", "p3"]');
  checkHosts([...texts(given.get("hosts"))]);
  for (const name of ["group", "namespace"]) {
    const text = given.get(name) ?? "main";
    if (typeof text !== "string" || text === "" || text.length > NAME_MAX_LENGTH) {
      throw refusal(`${name} must be a text of 1 to ${NAME_MAX_LENGTH} characters.`);
    }
  }
  const storage = given.get("storage") ?? "disk";
  if (storage !== "disk" && storage !== "memory") {
    throw refusal('storage must be "disk" or "memory".');
  }
}

function checkList(name: string, value: unknown, what: string): void {
  const list = texts(value);
  const isGood = Array.isArray(value) && list.length === value.length && !list.includes("");
  if (!isGood || list.length === 0) throw refusal(`${name} must be a list of ${what}.`);
  if (new Set(list).size !== list.length) throw refusal(`${name} says one thing twice.`);
}

/** The client speaks TLS with all hosts or with none; and where it asks is logged. */
function checkHosts(hosts: readonly string[]): void {
  const at = hosts.findIndex((host) => host.includes("@"));
  if (at >= 0) throw refusal(`hosts: entry ${at + 1} holds a name or password; give auth instead.`);
  const count = hosts.filter((host) => host.startsWith("https://")).length;
  if (count > 0 && count < hosts.length) {
    throw refusal("hosts must all be https:// or none of them.");
  }
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function refusal(detail: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", `orderer etcd ${detail}`);
}
