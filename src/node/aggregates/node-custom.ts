import { HearsayError } from "../../core/errors.ts";
import type { AggregateOptions } from "../../data/aggregate/aggregate.options.ts";
import type { Aggregation } from "../../data/aggregate/aggregation.ts";
import { OriginRecords } from "../../data/aggregate/origin-records.ts";
import { Registers } from "../../data/aggregate/registers.ts";
import type { AggregateTask } from "../../data/aggregate/task.ts";
import type { NodePorts } from "../node-ports.ts";
import { chosenCodec } from "../topics/codecs.ts";
import type { CustomAggregate, CustomAggregateFace, Estimate } from "./aggregates.api.ts";

/** All values travel as msgpack: whoever merges must read what others wrote. */
const codec = chosenCodec("msgpack");

export interface NodeCustomParts<V, R> {
  readonly name: string;
  readonly custom: CustomAggregate<V, R>;
  readonly ports: NodePorts;
  readonly options: AggregateOptions;
  readonly engine: Aggregation;
  readonly onClosed: () => void;
}

/** A user's own aggregate: merged on its way when that does no harm, else by origin. */
export class NodeCustom<V, R> implements CustomAggregateFace<R>, AggregateTask {
  readonly name: string;
  readonly machines: AggregateTask["machines"];
  private readonly parts: NodeCustomParts<V, R>;
  private readonly records: OriginRecords | undefined;
  private readonly registers: Registers | undefined;
  private ownBytes: Uint8Array | undefined;
  private epoch = 0;
  private isClosed = false;

  constructor(parts: NodeCustomParts<V, R>) {
    const { custom, engine, name, options, ports } = parts;
    this.name = name;
    this.parts = parts;
    const common = { task: name, wiring: engine.machineWiring, options };
    if (custom.idempotent) {
      const mergeable = {
        merge: (one: Uint8Array, other: Uint8Array) => this.mergeBytes(one, other),
      };
      const own = (): Uint8Array | undefined => this.ownBytes;
      this.registers = new Registers({ ...common, form: "custom", mergeable, own });
      this.machines = [{ kind: "registers", task: name, machine: this.registers }];
    } else {
      this.records = new OriginRecords(common);
      this.machines = [{ kind: "records", task: name, machine: this.records }];
    }
    ports.step(() => engine.open(this));
  }

  onRound({ epoch }: { readonly epoch: number }): void {
    this.epoch = epoch;
    const { custom, options, ports } = this.parts;
    const bytes = this.guarded("init", () => {
      const own = custom.init();
      return own === undefined ? undefined : codec.encode(own);
    });
    if ((bytes?.length ?? 0) > options.recordMaxBytes) return ports.count("aggregate.cut");
    this.ownBytes = bytes;
    this.records?.setOwn(bytes);
  }

  read(): Estimate<R> | undefined {
    const { ports } = this.parts;
    const merged = this.registers === undefined ? this.ofRecords() : this.ofRegisters();
    if (merged === undefined) return undefined;
    const { ageMs, rounds, value } = merged;
    const finished = this.guarded("finish", () => ({ result: this.finish(value) }));
    if (finished === undefined) return undefined;
    const epochMs = this.parts.options.roundIntervalMs * this.parts.options.epochRoundsCount;
    ports.checkRunning();
    return {
      value: finished.result,
      errorBound: Number.NaN,
      ageMs,
      epoch: this.epoch,
      rounds,
      stale: ageMs > 2 * epochMs,
    };
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.parts.engine.close(this.name);
    this.parts.onClosed();
  }

  private finish(merged: V): R {
    const { custom } = this.parts;
    // Without `finish` the two types are one.
    return custom.finish === undefined ? (merged as unknown as R) : custom.finish(merged);
  }

  private ofRegisters(): { value: V; ageMs: number; rounds: number } | undefined {
    const read = this.registers?.read();
    if (read === undefined) return undefined;
    const decoded = this.decode(read.bytes);
    const ageMs = this.parts.ports.now() - read.finishedAtMs;
    return decoded && { ...decoded, ageMs: Math.max(0, ageMs), rounds: read.rounds };
  }

  private ofRecords(): { value: V; ageMs: number; rounds: number } | undefined {
    const { custom, ports } = this.parts;
    const values = (this.records?.records() ?? []).flatMap(({ bytes }) => this.decode(bytes) ?? []);
    const [first, ...others] = values;
    if (first === undefined) return undefined;
    const merged = this.guarded("merge", () => ({
      value: others.reduce((sum, { value }) => custom.merge(sum, value), first.value),
    }));
    const ageMs = Math.max(0, ports.now() - (this.records?.lastChangeMs ?? 0));
    return merged && { ...merged, ageMs, rounds: values.length };
  }

  private mergeBytes(one: Uint8Array, other: Uint8Array): Uint8Array | undefined {
    const first = this.decode(one);
    const second = this.decode(other);
    if (first === undefined || second === undefined) return undefined;
    return this.guarded("merge", () => {
      return codec.encode(this.parts.custom.merge(first.value, second.value));
    });
  }

  /** Bytes of a peer may be anything: what is no value is nobody's. */
  private decode(bytes: Uint8Array): { readonly value: V } | undefined {
    try {
      return { value: codec.decode(bytes) as V };
    } catch {
      this.parts.ports.count("aggregate.dropped.value");
      return undefined;
    }
  }

  private guarded<T>(what: string, body: () => T): T | undefined {
    try {
      return body();
    } catch (error) {
      const { ports } = this.parts;
      ports.count("aggregate.custom.failed");
      ports.onCallbackError(`${what} of aggregate ${JSON.stringify(this.name)}`, error);
      return undefined;
    }
  }
}

/** @throws HearsayError CONFIG_OPTION */
export function checkCustom(custom: CustomAggregate<unknown, unknown>): void {
  const isFunction = typeof custom.init === "function" && typeof custom.merge === "function";
  const hasFinish = custom.finish === undefined || typeof custom.finish === "function";
  if (isFunction && hasFinish && typeof custom.idempotent === "boolean") return;
  const rule = "is { init(), merge(one, other), finish?(merged), idempotent: true | false }";
  throw new HearsayError("CONFIG_OPTION", `an aggregate of your own ${rule}.`);
}
