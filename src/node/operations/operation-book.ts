import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import { resolveOptions } from "../../core/options.ts";
import { operationLogDefaults } from "../../data/operation-log/operation-log.options.ts";
import type { OrderedLogCalls } from "../../data/ordered-log/ordered-log.contract.ts";
import type { Links } from "../links/links.contract.ts";
import { SnapshotDesk } from "../snapshots/snapshot-desk.ts";
import { checkStoreName } from "../versions/checks.ts";
import { StoredValues } from "../versions/stored-values.ts";
import { checkOne } from "./checks.ts";
import { NodeOperations } from "./node-operations.ts";
import { OperationReplica, type OperationReplicaPorts } from "./operation-replica.ts";
import type {
  OpenOperations,
  OperationOrder,
  Operations,
  OperationsOptions,
} from "./operations.api.ts";
import { ReducerMachine } from "./reducer-machine.ts";

/** Snapshots of operation logs, on links. The number is for ever. */
const SNAPSHOT_CHANNEL = 14;
/** Replicas that are operation logs have it before their name. */
export const OPERATIONS_PREFIX = "operations/";
const ORDERS = ["causal", "commutative", "total"];
const TOTALS = ["timestamp", "ordered"];

export interface OperationBookPorts extends Omit<OperationReplicaPorts, "desk"> {
  readonly links: () => Pick<Links, "send" | "use">;
  /** @throws HearsayError CONFIG_OPTION on a node without an order */
  readonly orderedLog: (name: string) => OrderedLogCalls;
  /** Where what is ordered is kept. */
  readonly orderStorage: () => "disk" | "memory";
}

type AnyOptions = OperationsOptions<unknown, unknown, StandardSchemaV1 | undefined>;

interface Open {
  readonly given: AnyOptions;
  readonly face: NodeOperations;
}

/** The operation logs that are open on a node. */
export class OperationBook {
  /** The same as users type it. */
  readonly opener: OpenOperations;
  private readonly ports: OperationBookPorts;
  private readonly logs = new Map<string, Open>();
  private readonly desk: SnapshotDesk;

  constructor(ports: OperationBookPorts) {
    this.ports = ports;
    this.opener = openerOf(this);
    this.desk = new SnapshotDesk({
      ...ports,
      channel: SNAPSHOT_CHANNEL,
      count: (name) => ports.count(`operations.${name}`),
      give: (replica) => {
        const open = this.logs.get(replica.slice(OPERATIONS_PREFIX.length));
        return open?.face.replica.give() ?? { phase: "none", bytes: undefined };
      },
    });
  }

  /** The links stand. */
  start(): void {
    this.desk.open();
  }

  /** @throws HearsayError CONFIG_OPTION, STORE_CONFLICT, STORE_FULL, CODEC_FAILED, NODE_STOPPED */
  open(name: string, options: AnyOptions): NodeOperations {
    this.ports.checkRunning();
    const known = this.logs.get(checkStoreName(name));
    checkOptions(options);
    if (known !== undefined) return sameOrThrow(name, known, options);
    const { logsMaxCount } = this.ports.numbers;
    if (this.logs.size >= logsMaxCount) {
      const detail = `${logsMaxCount} operation logs are open on this node`;
      throw new HearsayError("STORE_FULL", detail);
    }
    const face = this.make(name, options);
    this.logs.set(name, { given: options, face });
    return face;
  }

  /** What only this node has is handed over to others. */
  async handOver(): Promise<void> {
    await Promise.all([...this.logs.values()].map(({ face }) => face.replica.handOver()));
  }

  metrics(): Readonly<Record<string, number>> {
    const all = [...this.logs.values()].map(({ face }) => face.stats);
    if (all.length === 0) return {};
    const sum = (of: (stats: (typeof all)[number]) => number): number =>
      all.reduce((total, stats) => total + of(stats), 0);
    return {
      "operations.logs": all.length,
      "operations.logged": sum(({ logCount }) => logCount),
      "operations.bytes": sum(({ logBytes }) => logBytes),
      "operations.waiting": sum(({ waitingCount }) => waitingCount),
      "operations.ids": sum(({ idsCount }) => idsCount),
    };
  }

  close(): void {
    for (const { face } of this.logs.values()) face.close();
    this.desk.close();
  }

  private make(name: string, given: AnyOptions): NodeOperations {
    const { ports } = this;
    const { codec, initial, order, reducer, schema, stateSchema, total, ...numbers } = given;
    const options = resolveOptions("operations", operationLogDefaults, { ...numbers });
    const operations = new StoredValues({ codec, schema });
    const ordered =
      total === "ordered" ? ports.orderedLog(`${OPERATIONS_PREFIX}${name}`) : undefined;
    // Places in an order that is forgotten say nothing.
    const isKept = ordered === undefined || ports.orderStorage() === "disk";
    const machine = new ReducerMachine({
      name,
      reducer,
      initial,
      operations,
      states: new StoredValues({ codec, schema: stateSchema }),
      count: (count) => ports.count(count),
      onError: (where, error) => ports.onCallbackError(where, error),
    });
    const replica = new OperationReplica(
      { ...ports, store: isKept ? ports.store : undefined, desk: () => this.desk },
      { name: `${OPERATIONS_PREFIX}${name}`, options, machine, ordered },
    );
    return new NodeOperations({
      ...ports,
      name,
      replica,
      machine,
      operations,
      orderOf: orderFrom(order),
      clock: () => ports.clock().now(),
    });
  }
}

function openerOf(book: OperationBook): OpenOperations {
  function open<State, S extends StandardSchemaV1>(
    name: string,
    options: OperationsOptions<State, StandardSchemaV1.InferOutput<S>, S> & { readonly schema: S },
  ): Operations<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>, State>;
  function open<State, Op>(
    name: string,
    options: OperationsOptions<State, Op, undefined>,
  ): Operations<Op, Op, State>;
  // What comes out has passed the schemas, or is what this user says it is.
  function open(name: string, options: AnyOptions): unknown {
    return book.open(name, options);
  }
  return open;
}

function orderFrom(order: AnyOptions["order"] = "causal"): (operation: unknown) => OperationOrder {
  if (typeof order !== "function") return () => order;
  return (operation) => {
    const chosen = order(operation);
    if (ORDERS.includes(chosen)) return chosen;
    const detail = `order returned ${String(chosen)}, but must return one of ${ORDERS.join(", ")}`;
    throw new HearsayError("CONFIG_OPTION", detail);
  };
}

/** @throws HearsayError CONFIG_OPTION */
function checkOptions(options: unknown): void {
  const isObject = typeof options === "object" && options !== null;
  const reducer = isObject && "reducer" in options ? options.reducer : undefined;
  if (!isObject || typeof reducer !== "function" || !("initial" in options)) {
    const rule = "{ reducer: (state, operation) => state, initial: state }";
    throw new HearsayError("CONFIG_OPTION", `operations takes an object such as ${rule}.`);
  }
  if ("order" in options && typeof options.order !== "function") {
    checkOne("order", options.order, ORDERS);
  }
  if ("total" in options) checkOne("total", options.total, TOTALS);
}

/** @throws HearsayError STORE_CONFLICT */
function sameOrThrow(name: string, { face, given }: Open, options: AnyOptions): NodeOperations {
  const known = new Map<string, unknown>(Object.entries(given));
  const asked = new Map<string, unknown>(Object.entries(options));
  // Two that look alike are two objects all the same.
  const names = [...new Set([...known.keys(), ...asked.keys()])].filter((key) => key !== "initial");
  const what = names.find((key) => known.get(key) !== asked.get(key));
  if (what === undefined) return face;
  const fix = "open it once and share it";
  throw new HearsayError("STORE_CONFLICT", `operations ${name} is open with other ${what}; ${fix}`);
}
