import { HearsayError } from "../../core/errors.ts";
import type { DataFace, FaceParts } from "../data-face.ts";
import { checkNames } from "../infos/checks.ts";
import type { AggregateLayer } from "../stack/aggregate-layer.ts";
import type {
  Aggregate,
  AggregateChoice,
  AggregateReport,
  CustomAggregate,
  CustomAggregateFace,
  OpenAggregates,
} from "./aggregates.api.ts";
import { NodeAggregate } from "./node-aggregate.ts";
import { checkCustom, NodeCustom } from "./node-custom.ts";

/** Longest name. [because: it travels with every part] */
const NAME_MAX_LENGTH = 96;

/** `NodeCustom` of any values. */
interface AnyCustom {
  readonly name: string;
  close(): void;
}

/** The aggregates of a node. */
export class AggregatesFace implements DataFace {
  readonly opener: OpenAggregates;
  private readonly parts: FaceParts;
  private readonly numbers = new Map<string, NodeAggregate>();
  private readonly customs = new Map<string, AnyCustom>();

  constructor(parts: FaceParts) {
    this.parts = parts;
    // One function serves both overloads; which one it is shows in its second argument.
    this.opener = ((name: string, read: unknown, choice: AggregateChoice = {}) =>
      this.openAny(name, read, choice)) as OpenAggregates;
  }

  open(): void {
    this.layer.onUnknownTask = (_kind, task) => {
      const [name = ""] = task.split("#", 1);
      if (task !== name) this.numbers.get(name)?.openPart(task);
    };
  }

  /** By name. */
  reports(): AggregateReport[] {
    const customs = [...this.customs.keys()].map((name) => {
      return { name, kind: "custom", own: undefined, estimates: {}, top: [] } as const;
    });
    const numbers = [...this.numbers.values()].map((one) => one.report());
    return [...numbers, ...customs].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Those that dashboards draw, a metric each; and what this node passes on for others. */
  metrics(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {
      "aggregate.tasks": this.numbers.size + this.customs.size,
      "aggregate.relayed": this.layer.idle?.relayedCount ?? 0,
    };
    for (const aggregate of this.numbers.values()) {
      for (const name of ["average", "sum", "count", "min", "max"] as const) {
        const value = aggregate[name]()?.value;
        if (value !== undefined) counts[`aggregate.value.${aggregate.name}.${name}`] = value;
      }
    }
    return counts;
  }

  close(): void {
    for (const one of [...this.numbers.values(), ...this.customs.values()]) one.close();
  }

  private get layer(): AggregateLayer {
    return this.parts.stack().aggregates;
  }

  private openAny(
    name: string,
    read: unknown,
    choice: AggregateChoice,
  ): Aggregate | CustomAggregateFace<unknown> {
    this.parts.ports.checkRunning();
    this.checkName(name);
    if (typeof read === "function") return this.openNumber(name, read as () => number, choice);
    if (typeof read === "object" && read !== null) {
      return this.openCustom(name, read as CustomAggregate<unknown, unknown>);
    }
    const rule = "a function that returns this node's number, or { init, merge, idempotent }";
    throw new HearsayError("CONFIG_OPTION", `the second argument of node.aggregate is ${rule}.`);
  }

  private openNumber(
    name: string,
    read: () => number | undefined,
    choice: AggregateChoice,
  ): Aggregate {
    checkNames("node.aggregate", choice, ["range"]);
    const { enders, ports } = this.parts;
    const { options } = this.layer;
    const onClosed = (): void => void this.numbers.delete(name);
    const { engine } = this.layer;
    const shared = { engine, options, ports, enders, onClosed };
    const aggregate = new NodeAggregate({ ...shared, name, read, choice });
    this.numbers.set(name, aggregate);
    return aggregate;
  }

  private openCustom(
    name: string,
    custom: CustomAggregate<unknown, unknown>,
  ): CustomAggregateFace<unknown> {
    checkCustom(custom);
    const { ports } = this.parts;
    const { engine, options } = this.layer;
    const onClosed = (): void => void this.customs.delete(name);
    const opened = new NodeCustom({ name, custom, ports, options, engine, onClosed });
    this.customs.set(name, opened);
    return opened;
  }

  private checkName(name: string): void {
    const isName = typeof name === "string" && name.length >= 1 && name.length <= NAME_MAX_LENGTH;
    if (!isName || name.includes("#") || /\p{Surrogate}/u.test(name)) {
      const rule = `is a text of 1 … ${NAME_MAX_LENGTH} characters without #`;
      throw new HearsayError("CONFIG_OPTION", `the name of an aggregate ${rule}.`);
    }
    if (this.numbers.has(name) || this.customs.has(name)) {
      const detail = `${JSON.stringify(name)} is open; close it, or use what you opened`;
      throw new HearsayError("CONFIG_OPTION", `the aggregate ${detail}.`);
    }
    const { tasksMaxCount } = this.layer.options;
    if (this.numbers.size + this.customs.size < tasksMaxCount) return;
    const fix = "close some, or raise aggregates.tasksMaxCount";
    throw new HearsayError("STORE_FULL", `${tasksMaxCount} aggregates are open: ${fix}.`);
  }
}
