import { parseOrigin } from "../../core/peer.ts";
import type { InfoEntry, InfoUpdate } from "../../data/info/info.messages.ts";
import type { InfoOptions } from "../../data/info/info.options.ts";
import { type InfoChange, InfoStore } from "../../data/info/info.ts";
import { infoCodec, infoUpdateBytes, infoUpdateCodec } from "../../data/info/info.wire.ts";
import { StateFile } from "../../data/state-file.ts";
import type { ReplicaPorts } from "../data-face.ts";
import type { NodeStore } from "../node-store.ts";
import type { PublicDot } from "../topics/topics.api.ts";
import { Expiry } from "./expiry.ts";
import type {
  InfosBacking,
  InfosReader,
  KeptChange,
  KeptInfo,
  LatestWrite,
} from "./infos-backing.contract.ts";
import { INFOS_REPLICA } from "./infos-replica.ts";

export interface GossipInfosPorts extends ReplicaPorts {
  readonly options: InfoOptions;
}

/** Infos as a replica: the latest write of each key wins, and any exchange carries it. */
export class GossipInfos implements InfosBacking {
  private readonly store: InfoStore;
  private readonly disk: NodeStore | undefined;
  private readonly expiry: Expiry;

  constructor(ports: GossipInfosPorts, reader: InfosReader) {
    const { options, store: disk } = ports;
    const { snapshotAfterCount } = options;
    this.disk = disk;
    const file = disk && new StateFile(disk.channel(INFOS_REPLICA), infoCodec, snapshotAfterCount);
    this.store = openStore(ports, reader, file);
    this.expiry = new Expiry(ports, this.store, () => {
      this.store.forgetStable();
      file?.compact();
    });
    this.store.onChange((change) => {
      this.expiry.arm();
      reader.onChange(keptChange(change));
    });
    this.takePart(ports);
    this.expiry.arm();
  }

  get lastChange(): number {
    return this.store.lastChange;
  }

  infos(): KeptInfo[] {
    return [...this.store.entries()].map(keptInfo);
  }

  info(key: string): KeptInfo | undefined {
    const entry = this.store.entry(key);
    return entry && keptInfo(entry);
  }

  set(key: string, value: Uint8Array, expiresAt: number | undefined): PublicDot {
    return this.store.set(key, value, expiresAt).dot;
  }

  delete(key: string): PublicDot | undefined {
    return this.store.delete(key)?.dot;
  }

  latestWrite(key: string): LatestWrite | undefined {
    const write = this.store.latest(key);
    return write && { dot: write.dot, clock: write.stamp };
  }

  changesSince(number: number): KeptChange[] {
    return this.store.changesSince(number).map(keptChange);
  }

  async durable(): Promise<boolean> {
    await this.disk?.durable();
    return this.disk !== undefined;
  }

  metrics(): Readonly<Record<string, number>> {
    const { heldBytes, survivingCount, tombstonesCount } = this.store;
    return {
      "infos.held": survivingCount,
      "infos.tombstones": tombstonesCount,
      "infos.bytes": heldBytes,
    };
  }

  stop(): void {
    this.expiry.stop();
  }

  private takePart(ports: GossipInfosPorts): void {
    const { store } = this;
    const discard = (): void => store.discard();
    const replica = { name: INFOS_REPLICA, replica: store, sizeOf: infoUpdateBytes };
    const enrolled = { ...replica, codec: infoUpdateCodec };
    const opened = { name: INFOS_REPLICA, seen: () => store.seen, discard };
    ports.step(() => ports.replicas.open(opened));
    ports.enrol(enrolled);
    ports.enrolInTrees(enrolled);
    ports.certificates.judgeBy(
      INFOS_REPLICA,
      ({ dot, write }) => write && store.standingOf(write.key, { dot, stamp: write.clock }),
    );
  }
}

function openStore(
  ports: GossipInfosPorts,
  reader: InfosReader,
  file: StateFile<InfoUpdate> | undefined,
): InfoStore {
  const { count, options, origin, replicas, wallClock } = ports;
  const wiring = {
    origin,
    wallClock,
    afterStep: (body: () => void) => ports.afterStep(body),
    counters: { add: (name: string, by?: number) => count(name, by) },
    stable: () => replicas.stable(INFOS_REPLICA),
    isValid: (key: string, value: Uint8Array) => reader.isValid(key, value),
  };
  const store = new InfoStore(file === undefined ? wiring : { ...wiring, journal: file }, options);
  const strangeCount = file?.open(store) ?? 0;
  if (strangeCount > 0) count("infos.strangeRecords", strangeCount);
  return store;
}

function keptChange({ entry, isRedundant, kind, number }: InfoChange): KeptChange {
  return { kind, number, isRedundant, info: keptInfo(entry) };
}

function keptInfo({ dot, update }: InfoEntry): KeptInfo {
  const { expiresAtMs: expiresAt, key, stamp: clock, value } = update;
  const from = parseOrigin(dot.origin)?.name ?? dot.origin;
  return { key, value, from, dot, clock, expiresAt };
}
