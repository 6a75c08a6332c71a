import { HearsayError } from "../../core/errors.ts";
import type {
  GroupPartial,
  GroupSummary,
  SensorRecord,
} from "../../data/monitor/monitor.messages.ts";
import { chosenCodec } from "../topics/codecs.ts";
import type { HistogramReading, ReadingsAggregate, ReadingsAggregateFace } from "./monitor.api.ts";
import { checkText } from "./sensor-book.ts";

/** As of other custom aggregates: whoever merges must read what others wrote. */
const codec = chosenCodec("msgpack");
/** Aggregates of users' own. [because: they travel in every summary] */
const PARTIALS_MAX_COUNT = 32;

export interface GroupPartialsParts {
  readonly count: (name: string) => void;
  readonly onCallbackError: (where: string, error: unknown) => void;
  /** Of all groups; of this node's own with its partials. */
  readonly summaries: () => readonly GroupSummary[];
}

type AnyAggregate = ReadingsAggregate<unknown, unknown>;

/**
 * Aggregates of users' own: in a group by origin, each node's readings once, and across groups what
 * their speakers make of them. No node is in two groups, so that nothing is counted twice, whether
 * merging twice would do harm or not. [spec aggregation §7 (a), §8]
 */
export class GroupPartials {
  private readonly parts: GroupPartialsParts;
  private readonly aggregates = new Map<string, AnyAggregate>();

  constructor(parts: GroupPartialsParts) {
    this.parts = parts;
  }

  /** @throws HearsayError CONFIG_OPTION, STORE_FULL */
  define<V, R>(name: string, aggregate: ReadingsAggregate<V, R>): ReadingsAggregateFace<R> {
    checkText("name of an aggregate", name, 1);
    const isWhole =
      typeof aggregate.init === "function" &&
      typeof aggregate.merge === "function" &&
      ["function", "undefined"].includes(typeof aggregate.finish);
    if (!isWhole || this.aggregates.has(name)) {
      const rule = "is { init(readings), merge(one, other), finish?(merged) }, and of a new name";
      throw new HearsayError("CONFIG_OPTION", `aggregate ${JSON.stringify(name)} ${rule}.`);
    }
    if (this.aggregates.size >= PARTIALS_MAX_COUNT) {
      throw new HearsayError(
        "STORE_FULL",
        `there are ${PARTIALS_MAX_COUNT} aggregates; close one.`,
      );
    }
    // Its values come back as what `init` made of them, through the codec.
    const own = aggregate as unknown as AnyAggregate;
    this.aggregates.set(name, own);
    return {
      name,
      read: () => this.read(name, own) as { value: R; groups: number } | undefined,
      close: () => {
        if (this.aggregates.get(name) === own) this.aggregates.delete(name);
      },
    };
  }

  /** What they come to in this group. */
  of(records: readonly SensorRecord[]): GroupPartial[] {
    const nodes = records.map(({ readings }) => {
      return new Map(readings.map(({ name, value }) => [name, value]));
    });
    return [...this.aggregates].flatMap(([name, aggregate]) => {
      const bytes = this.guarded(name, () => merged(aggregate, nodes));
      return bytes === undefined ? [] : [{ name, bytes }];
    });
  }

  private read(
    name: string,
    aggregate: AnyAggregate,
  ): { readonly value: unknown; readonly groups: number } | undefined {
    return this.guarded(name, () => {
      const values = this.parts.summaries().flatMap(({ partials }) => {
        const partial = partials.find((one) => one.name === name);
        return partial === undefined ? [] : [codec.decode(partial.bytes)];
      });
      const [first, ...others] = values;
      if (values.length === 0) return undefined;
      const whole = others.reduce((one, other) => aggregate.merge(one, other), first);
      return {
        value: aggregate.finish === undefined ? whole : aggregate.finish(whole),
        groups: values.length,
      };
    });
  }

  private guarded<T>(name: string, body: () => T): T | undefined {
    try {
      return body();
    } catch (error) {
      this.parts.count("monitor.custom.failed");
      this.parts.onCallbackError(`aggregate ${JSON.stringify(name)} of readings`, error);
      return undefined;
    }
  }
}

function merged(
  aggregate: AnyAggregate,
  nodes: readonly ReadonlyMap<string, number | HistogramReading>[],
): Uint8Array | undefined {
  const values: unknown[] = nodes
    .map((node) => aggregate.init(node))
    .filter((one) => one !== undefined);
  const [first, ...others] = values;
  if (first === undefined) return undefined;
  const whole = others.reduce((one, other) => aggregate.merge(one, other), first);
  return codec.encode(whole);
}
