/**
 * What a request opens by naming it. On this node it is kept from then on, and others keep it with
 * this one: so who may only read opens what there is, and nothing new.
 */
import { HearsayError } from "../../core/errors.ts";
import { nameOfSegment } from "../../core/path-name.ts";
import type { HearsayNode } from "../../node/api.ts";
import { orderedNames } from "../routes/ordered-names.ts";
import { replicasNamed } from "../routes/replica-names.ts";

interface Opened {
  readonly what: string;
  readonly parameter: string;
  readonly names: (node: HearsayNode) => readonly string[];
}

/** By the beginning of the route. */
const opened: Readonly<Record<string, Opened>> = {
  "GET /v1/versions/:store": {
    what: "store",
    parameter: "store",
    names: (node) => replicasNamed(node, "versions/").map(({ name }) => name),
  },
  "GET /v1/logs/:log": {
    what: "operation log",
    parameter: "log",
    names: (node) => replicasNamed(node, "operations/").map(({ name }) => name),
  },
  "GET /v1/ledgers/:ledger": {
    what: "ledger",
    parameter: "ledger",
    names: (node) => orderedNames(node, "log/ledger/"),
  },
  "GET /v1/order/logs/:log": {
    what: "ordered log",
    parameter: "log",
    names: (node) => orderedNames(node, "log/"),
  },
};

function openedBy(route: string): Opened | undefined {
  const [, found] = Object.entries(opened).find(([start]) => route.startsWith(start)) ?? [];
  return found;
}

/** Whether the route opens what it names. */
export function opens(route: string): boolean {
  return openedBy(route) !== undefined;
}

/**
 * `path`: of the request, which is matched by that of `route`.
 * @throws HearsayError ADMIN_NOT_FOUND, CONFIG_OPTION on a node without an order
 */
export function refuseNewNames(node: HearsayNode, route: string, path: string): void {
  const found = openedBy(route);
  if (found === undefined) return;
  const at = route.split("/").indexOf(`:${found.parameter}`);
  const name = plain(path.split("/")[at] ?? "");
  if (found.names(node).includes(name)) return;
  const fix = "a token of the role write may open it";
  throw new HearsayError(
    "ADMIN_NOT_FOUND",
    `There is no ${found.what} ${JSON.stringify(name)} that this agent knows of; ${fix}.`,
  );
}

/** As the route will read it: what cannot be decoded stays as it is. */
function plain(segment: string): string {
  try {
    return nameOfSegment(decodeURIComponent(segment));
  } catch {
    return nameOfSegment(segment);
  }
}
