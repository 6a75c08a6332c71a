/** Replicas without a node around them: the data models themselves, joined in one process. */
import { HybridClock } from "../../../dist/core/hybrid-clock.js";
import { resolveOptions } from "../../../dist/core/options.js";
import type { Origin } from "../../../dist/core/peer.js";
import { InfoStore } from "../../../dist/data/info/info.js";
import { infoDefaults } from "../../../dist/data/info/info.options.js";
import { infoUpdateBytes, infoUpdateCodec } from "../../../dist/data/info/info.wire.js";
import type { StateMachine } from "../../../dist/data/operation-log/execution.js";
import { OperationLog } from "../../../dist/data/operation-log/operation-log.js";
import { operationLogDefaults } from "../../../dist/data/operation-log/operation-log.options.js";
import {
  operationUpdateBytes,
  operationUpdateCodec,
} from "../../../dist/data/operation-log/operation-log.wire.js";
import { VersionTree } from "../../../dist/data/version-tree/version-tree.js";
import { versionTreeDefaults } from "../../../dist/data/version-tree/version-tree.options.js";
import {
  versionUpdateBytes,
  versionUpdateCodec,
} from "../../../dist/data/version-tree/version-tree.wire.js";
import type { Copy } from "./lane.ts";
import { ReplicaHost } from "./replica-host.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface ReplicaCopy extends Copy<Uint8Array<ArrayBuffer>> {
  readonly host: ReplicaHost;
}

function wiringOf(host: ReplicaHost) {
  return {
    origin: () => host.origin,
    wallClock: () => Date.now(),
    now: () => performance.now(),
    afterStep: (body: () => void) => host.afterStep(body),
    counters: { add: () => {} },
  };
}

function ofHost(host: ReplicaHost) {
  const form = (text: string) => encoder.encode(text);
  return { host, form, receivedCount: () => host.receivedCount };
}

/** Each write says what its author has seen of the key. */
export function versionsCopy(name: string): ReplicaCopy {
  const host = new ReplicaHost(name);
  const tree = new VersionTree(wiringOf(host), resolveOptions("versions", versionTreeDefaults));
  const enrolled = { name: "versions/bench", replica: tree, sizeOf: versionUpdateBytes };
  host.enrol({ ...enrolled, codec: versionUpdateCodec });
  return {
    ...ofHost(host),
    write(key, value) {
      host.step(() => {
        const { context } = tree.read(key);
        const { status } = tree.put(key, value, { context });
        if (status !== "ok") throw new Error(`${key}: ${status}`);
      });
      return undefined;
    },
    async read(key) {
      const [only, another] = tree.read(key).values;
      return another === undefined ? only && decoder.decode(only.update.value) : undefined;
    },
  };
}

/** A key of 10 letters, then the value: an operation that sets it. */
const KEY_LENGTH = 10;
/** Records after which what both have is dropped. */
const TRUNCATE_EVERY = 4_096;

/** Each operation comes after all that its author has executed. */
export function operationsCopy(name: string): ReplicaCopy {
  const host = new ReplicaHost(name);
  const state = new Map<string, Uint8Array>();
  const machine: StateMachine = {
    apply: (_dot, { payload }) =>
      void state.set(decoder.decode(payload.subarray(0, KEY_LENGTH)), payload.subarray(KEY_LENGTH)),
    encode: () => undefined,
    decode: () => false,
    reset: () => state.clear(),
  };
  const members = ["a#1", "b#1"] as Origin[];
  const wiring = {
    ...wiringOf(host),
    clock: new HybridClock({ wallClock: () => Date.now() }),
    machine,
    members: () => members,
    isGone: () => false,
    stable: () => host.held(),
    isCaughtUp: () => true,
    isNowhere: () => false,
  };
  const log = new OperationLog(wiring, operationLogDefaults);
  const enrolled = { name: "operations/bench", replica: log, sizeOf: operationUpdateBytes };
  host.enrol({ ...enrolled, codec: operationUpdateCodec });
  let writtenCount = 0;
  return {
    ...ofHost(host),
    write(key, value) {
      const payload = new Uint8Array(KEY_LENGTH + value.length);
      encoder.encodeInto(key, payload);
      payload.set(value, KEY_LENGTH);
      writtenCount += 1;
      host.step(() => {
        if (writtenCount % TRUNCATE_EVERY === 0) log.truncate();
        const submittedAtMs = Date.now();
        const rest = { id: "", class: "causal", payload, submittedAtMs, isFinal: true } as const;
        const { status } = log.append({ ...rest, prev: log.val });
        if (status !== "written") throw new Error(`${key}: ${status}`);
      });
      return undefined;
    },
    async read(key) {
      const value = state.get(key);
      return value && decoder.decode(value);
    },
  };
}

/** Of concurrent writes the last stays: no causality is kept. */
export function infosCopy(name: string): ReplicaCopy {
  const host = new ReplicaHost(name);
  const store = new InfoStore(wiringOf(host), infoDefaults);
  const enrolled = { name: "infos", replica: store, sizeOf: infoUpdateBytes };
  host.enrol({ ...enrolled, codec: infoUpdateCodec });
  return {
    ...ofHost(host),
    write(key, value) {
      host.step(() => store.set(key, value));
      return undefined;
    },
    async read(key) {
      const value = store.entry(key)?.update.value;
      return value && decoder.decode(value);
    },
  };
}
