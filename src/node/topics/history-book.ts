import { HearsayError } from "../../core/errors.ts";
import { resolveOptions } from "../../core/options.ts";
import { type HistoryOptions, historyDefaults } from "../../data/history/history.options.ts";
import { History } from "../../data/history/history.ts";
import {
  historyCodec,
  historyUpdateBytes,
  historyUpdateCodec,
} from "../../data/history/history.wire.ts";
import { HistoryFile } from "../../data/history/history-file.ts";
import type { Enrolled } from "../../exchange/enrolled.ts";
import type { NodeTimers } from "../node-host.ts";
import type { NodeStore } from "../node-store.ts";
import { type HistoryReader, TopicHistory, type TopicHistoryPorts } from "./topic-history.ts";

/** How often what has grown too old is forgotten, and journals that have grown are cut short. */
const UPKEEP_MS = 10_000;
/** More would not fit a snapshot with all that stands beside the payloads. */
const KEPT_MAX_BYTES = 128 * 1024 * 1024;
/** The same, for what stands beside the payload of each: a name of 128 bytes, and numbers. */
const KEPT_MAX_COUNT = 500_000;

export interface HistoryBookPorts
  extends Omit<TopicHistoryPorts, "afterStep" | "durable" | "hasRoom"> {
  readonly timers: NodeTimers;
  readonly store: NodeStore | undefined;
  readonly wallClock: () => number;
  step<R>(body: () => R): R;
  afterStep(body: () => void): void;
  enrol(enrolled: Enrolled): void;
}

interface Kept {
  readonly history: History;
  readonly file: HistoryFile | undefined;
}

/** The pasts of all topics that have one: made, kept on disk, and kept within their bounds. */
export class HistoryBook {
  private readonly ports: HistoryBookPorts;
  private readonly kept: Kept[] = [];
  private timer: number | undefined;

  constructor(ports: HistoryBookPorts) {
    this.ports = ports;
  }

  /** The past of a topic that was just opened, with what the disk holds of it. */
  open(reader: HistoryReader, options: HistoryOptions): TopicHistory {
    const { ports } = this;
    const { store } = ports;
    const name = `topic:${reader.tag}`;
    const afterStep = (body: () => void): void => ports.afterStep(body);
    const file = store && new HistoryFile(store.channel(name), historyCodec, options);
    const wiring = { origin: ports.origin, wallClock: ports.wallClock, afterStep };
    const history = new History(
      file === undefined ? wiring : { ...wiring, journal: file },
      options,
    );
    const strangeCount = file?.open(history) ?? 0;
    for (let count = 0; count < strangeCount; count += 1) ports.count("topics.strangeRecords");
    const replica = new TopicHistory(reader, history, options, {
      origin: ports.origin,
      count: ports.count,
      afterStep,
      hasRoom: () => store?.hasRoom ?? true,
      durable: async () => {
        await store?.durable();
        return store !== undefined;
      },
    });
    this.kept.push({ history, file });
    this.timer ??= ports.timers.startTimer(() => this.onUpkeep(), UPKEEP_MS);
    ports.enrol({ name, replica, sizeOf: historyUpdateBytes, codec: historyUpdateCodec });
    return replica;
  }

  close(): void {
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
  }

  private onUpkeep(): void {
    const { ports } = this;
    this.timer = ports.timers.startTimer(() => this.onUpkeep(), UPKEEP_MS);
    ports.step(() => {
      for (const { file, history } of this.kept) {
        history.expire();
        file?.compact();
      }
    });
  }
}

/** @throws HearsayError CONFIG_OPTION */
export function historyOptions(given: unknown): HistoryOptions {
  if (typeof given !== "object" || given === null) {
    const fix = "such as { keptMaxCount: 1_000 }, or {} for the defaults";
    throw new HearsayError("CONFIG_OPTION", `history is an object of bounds ${fix}.`);
  }
  const options = resolveOptions("history", historyDefaults, { ...given });
  const { keptMaxBytes, keptMaxCount } = options;
  if (keptMaxBytes > KEPT_MAX_BYTES) throw refusal(`keptMaxBytes is at most ${KEPT_MAX_BYTES}`);
  if (keptMaxCount > KEPT_MAX_COUNT) throw refusal(`keptMaxCount is at most ${KEPT_MAX_COUNT}`);
  if (keptMaxCount > 0) return options;
  throw refusal("keptMaxCount is 1 or more");
}

function refusal(rule: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", `history: ${rule}.`);
}
