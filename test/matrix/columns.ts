/** The data models of the matrix. Adding one is an entry here. */

import { makeOrigin } from "../../src/core/peer.ts";
import type { HistoryUpdate } from "../../src/data/history/history.messages.ts";
import { type HistoryOptions, historyDefaults } from "../../src/data/history/history.options.ts";
import { History } from "../../src/data/history/history.ts";
import { historyCodec } from "../../src/data/history/history.wire.ts";
import { HistoryFile } from "../../src/data/history/history-file.ts";
import type { InfoUpdate } from "../../src/data/info/info.messages.ts";
import { type InfoOptions, infoDefaults } from "../../src/data/info/info.options.ts";
import { InfoStore } from "../../src/data/info/info.ts";
import { infoCodec } from "../../src/data/info/info.wire.ts";
import { infoBytes } from "../../src/data/info/info-table.ts";
import { replicaSetDefaults } from "../../src/data/replica-set/replica-set.options.ts";
import { placeBytes, replicaSetsCodec } from "../../src/data/replica-set/replica-set.wire.ts";
import { ReplicaSets } from "../../src/data/replica-set/replica-sets.ts";
import { ReplicaSetsFile } from "../../src/data/replica-set/replica-sets-file.ts";
import { StateFile } from "../../src/data/state-file.ts";
import { versionBytes } from "../../src/data/version-tree/version-table.ts";
import type { VersionUpdate } from "../../src/data/version-tree/version-tree.messages.ts";
import { versionTreeDefaults } from "../../src/data/version-tree/version-tree.options.ts";
import { VersionTree } from "../../src/data/version-tree/version-tree.ts";
import { versionCodec } from "../../src/data/version-tree/version-tree.wire.ts";
import type { DataColumn } from "./town.ts";

/** Of which most writes overwrite one. */
const KEYS_COUNT = 12;
/** Of which many keep the value that they have. */
const MANY_KEYS_COUNT = 24;
/** Few, so that snapshots are at work too. */
const SNAPSHOT_AFTER = 10;

function withJournal<Wiring extends object, Journal>(wiring: Wiring, journal: Journal | undefined) {
  return journal === undefined ? wiring : { ...wiring, journal };
}

function history(name: string, options: Partial<HistoryOptions>): DataColumn {
  return {
    name,
    patienceMs: 140_000,
    make(origin, host) {
      const numbers = { ...historyDefaults, ...options };
      const file = host.disk && new HistoryFile(host.disk, historyCodec, numbers);
      const wiring = { origin: () => origin, ...host, ...(file && { journal: file }) };
      const replica = new History(wiring, numbers);
      file?.open(replica);
      return {
        replica,
        sizeOf: (update) => (update as HistoryUpdate).payload.length + 20,
        write(random) {
          file?.compact();
          return replica.append(Uint8Array.of(random.below(256), random.below(256)));
        },
        state: () =>
          [...replica.entries()]
            .map(([{ origin: who, seq }, { payload }]) => `${who} ${seq} ${payload.join()}`)
            .sort((a, b) => (a < b ? -1 : 1))
            .join("\n"),
      };
    },
  };
}

/** Few keys, many writers: most writes are superseded, and one in five deletes. */
function info(name: string, options: Partial<InfoOptions>, keysCount = KEYS_COUNT): DataColumn {
  return {
    name,
    patienceMs: 530_000,
    make(origin, host) {
      const file = host.disk && new StateFile(host.disk, infoCodec, SNAPSHOT_AFTER);
      const wiring = { origin: () => origin, counters: { add: () => {} }, ...host };
      const replica = new InfoStore(withJournal(wiring, file), { ...infoDefaults, ...options });
      file?.open(replica);
      return {
        replica,
        sizeOf: (update) => infoBytes(update as InfoUpdate),
        write(random) {
          file?.compact();
          const key = `k${random.below(keysCount)}`;
          const gone = random.below(5) === 0 ? replica.delete(key) : undefined;
          const { dot, update } = gone ?? replica.set(key, Uint8Array.of(random.below(256)));
          return [dot, update];
        },
        state: () =>
          [...replica.allEntries()]
            .map(({ dot, update }) => `${update.key} ${dot.origin} ${dot.seq} ${update.value}`)
            .sort((a, b) => (a < b ? -1 : 1))
            .join("\n"),
      };
    },
  };
}

/** Few keys, many writers, who have seen all or nothing: most writes leave conflicts. */
const versions: DataColumn = {
  name: "versions",
  patienceMs: 530_000,
  make(origin, host) {
    const wiring = { origin: () => origin, counters: { add: () => {} }, now: () => 0, ...host };
    const file = host.disk && new StateFile(host.disk, versionCodec, SNAPSHOT_AFTER);
    const options = { ...versionTreeDefaults, conflict: "siblings" } as const;
    const replica = new VersionTree(withJournal(wiring, file), options);
    file?.open(replica);
    return {
      replica,
      sizeOf: (update) => versionBytes(update as VersionUpdate),
      write(random) {
        file?.compact();
        const key = `k${random.below(12)}`;
        const { context, values } = replica.read(key);
        const isBlind = random.below(4) === 0;
        const request = isBlind ? {} : { context };
        const isGone = !isBlind && values.length > 0 && random.below(5) === 0;
        const written = isGone
          ? replica.delete(key, request)
          : replica.put(key, Uint8Array.of(random.below(256)), request);
        const dot = written.status === "ok" ? written.dot : undefined;
        const update = dot && replica.get(dot);
        if (dot === undefined || update === undefined) throw new Error(written.status);
        return [dot, update];
      },
      state: () =>
        [...replica.versions()]
          .map(({ dot, update }) => `${update.key} ${dot.origin} ${dot.seq} ${update.value}`)
          .sort((a, b) => (a < b ? -1 : 1))
          .join("\n"),
    };
  },
};

/** Who came, left and was put out, of a few names. */
const replicaSets: DataColumn = {
  name: "replica sets",
  patienceMs: 140_000,
  make(origin, host) {
    const numbers = { snapshotAfterCount: SNAPSHOT_AFTER };
    const file = host.disk && new ReplicaSetsFile(host.disk, replicaSetsCodec, numbers);
    const wiring = { origin: () => origin, counters: { add: () => {} }, ...host };
    const replica = new ReplicaSets(withJournal(wiring, file), replicaSetDefaults);
    file?.open(replica);
    return {
      replica,
      sizeOf: placeBytes,
      write(random) {
        file?.compact();
        const dot = { origin, seq: replica.seen.last(origin) + 1 };
        const name = makeOrigin(`m${random.below(6)}`, random.below(4));
        if (random.chance(0.3)) replica.announce("x", 0);
        else replica.evict("x", name, random.below(9));
        const record = replica.get(dot);
        if (record === undefined) throw new Error("what was written is not held");
        return [dot, record];
      },
      state: () =>
        replica.places
          .all("x")
          .map(({ origin: who, standing }) => `${who} ${standing}`)
          .join("\n"),
    };
  },
};

/** For the swarm: what is lost of a key is not overwritten soon. */
export const swarmColumns: readonly DataColumn[] = [
  history("history", {}),
  info("info", {}, MANY_KEYS_COUNT),
  replicaSets,
  versions,
];

export const columns: readonly DataColumn[] = [
  history("history", {}),
  info("info", {}),
  replicaSets,
  versions,
];
