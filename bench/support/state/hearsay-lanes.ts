/** This library as it is shipped: built files, real nodes. */
import { type HearsayNode, startNode } from "../../../dist/index.js";
import type { MemoryNetwork } from "../../../dist/transport/memory/memory.js";
import type { Lane, LaneSetting } from "./lane.ts";

const LOOK_EVERY_MS = 10;
const READY_MAX_MS = 30_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Bytes = Uint8Array<ArrayBuffer>;

export interface NodeSetting extends LaneSetting {
  /** Absent: sockets. */
  readonly transport?: MemoryNetwork;
}

function nameOf(side: 0 | 1): string {
  return `node-${side}`;
}

export async function startedNode(setting: NodeSetting): Promise<HearsayNode> {
  const { contact, dataDir, side, transport } = setting;
  return startNode({
    name: nameOf(side),
    bind: "127.0.0.1:0",
    join: contact === "" ? [] : [contact],
    infos: { codec: "raw" },
    ...(dataDir !== undefined && { dataDir }),
    ...(transport !== undefined && { transport }),
  });
}

/** What is the same whatever a node keeps. */
function ofNode(node: HearsayNode) {
  return {
    address: node.address,
    form: (text: string): Bytes => encoder.encode(text),
    async ready(): Promise<void> {
      while (node.members.size < 2) await nap();
      await node.settled({ timeoutMs: READY_MAX_MS });
    },
    close: () => node.stop(),
  };
}

/** Of concurrent writes the last stays: no causality is kept. */
export async function infosLane(setting: NodeSetting): Promise<Lane<Bytes>> {
  const node = await startedNode(setting);
  const self = nameOf(setting.side);
  let received = 0;
  node.infos.watch("*", ({ from }) => {
    if (from !== self) received += 1;
  });
  return {
    ...ofNode(node),
    receivedCount: () => received,
    heldCount: () => received,
    write: async (key, value) => void (await node.infos.set(key, value)),
    read: async (key) => {
      const value = node.infos.get<Bytes>(key);
      return value && decoder.decode(value);
    },
  };
}

/** Each write says what its author has seen of the key: the session has read it before. */
export async function versionsLane(setting: NodeSetting): Promise<Lane<Bytes>> {
  const node = await startedNode(setting);
  const store = node.versions<Bytes>("bench", { codec: "raw" });
  const session = store.session();
  const self = nameOf(setting.side);
  let received = 0;
  store.watch("*", ({ siblings }) => {
    if (siblings[0]?.from !== self) received += 1;
  });
  return {
    ...ofNode(node),
    receivedCount: () => received,
    heldCount: () => received,
    async write(key, value) {
      await session.get(key);
      const { status } = await session.put(key, value);
      if (status !== "ok") throw new Error(`${key}: ${status}`);
    },
    async read(key) {
      const got = await session.get(key);
      const [only, another] = got.status === "ok" ? got.values : [];
      return only === undefined || another !== undefined ? undefined : decoder.decode(only);
    },
  };
}

/** Room for what is written in one round of gossip, at whatever rate. */
const LOG_MAX_COUNT = 1_000_000;

type Assignment = readonly [key: string, value: string];

/**
 * Each operation comes after all that its author has executed. The reducer writes to the state that
 * it is given, for a copy of 10,000 keys is no matter of replication.
 */
export async function operationsLane(setting: NodeSetting): Promise<Lane<string>> {
  const node = await startedNode(setting);
  const self = nameOf(setting.side);
  let received = 0;
  const log = node.operations<Record<string, string>, Assignment>("bench", {
    codec: "json",
    initial: {},
    logMaxCount: LOG_MAX_COUNT,
    reducer: (state, [key, value], { from }) => {
      if (from !== self) received += 1;
      state[key] = value;
      return state;
    },
  });
  const shared = ofNode(node);
  return {
    ...shared,
    form: (text) => text,
    async ready() {
      await shared.ready();
      // What is written before is given to the newcomer as a state.
      while (log.stats.phase !== "joined") await nap();
    },
    receivedCount: () => received,
    // A newcomer is given the state, not what led to it.
    heldCount: () => Object.keys(log.state).length,
    write: async (key, value) => void (await log.append([key, value])),
    read: async (key) => log.state[key],
  };
}

function nap(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}
