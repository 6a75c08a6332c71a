import {
  versionUpdateBytes,
  versionUpdateCodec,
} from "../../data/version-tree/version-tree.wire.ts";
import { CrdtBook } from "../crdts/crdt-book.ts";
import { CRDTS_PREFIX } from "../crdts/node-crdts.ts";
import { type DataFace, type FaceParts, replicaPorts } from "../data-face.ts";
import { linksDefaults } from "../links/links.options.ts";
import type { SpreadWay } from "../stack/spreads.ts";
import { type RelayedKind, StoreRelays } from "../topics/store-relays.ts";
import { VERSIONS_PREFIX } from "./node-versions.ts";
import { VersionBook, versionMetrics } from "./version-book.ts";
import { versionsDefaults } from "./versions.options.ts";

/** Names, numbers and contexts beside the value of a write. [guess] */
const BESIDE_VALUE_BYTES = 131_072;
const relayed: RelayedKind = {
  sizeOf: versionUpdateBytes,
  codec: versionUpdateCodec,
  isSane: (update) => typeof update === "object" && update !== null && !isNameless(update),
};

/** Stores of versions and of CRDTs, which are versions that merge by themselves. */
export class VersionsFace implements DataFace {
  readonly versions: VersionBook;
  readonly crdts: CrdtBook;
  private readonly relays: StoreRelays;

  constructor(parts: FaceParts) {
    const ports = replicaPorts(parts);
    this.relays = new StoreRelays({ ...ports, numbers: versionsDefaults, kind: relayed });
    const { messageMaxBytes } = parts.slices.links ?? linksDefaults;
    const stores = {
      ...ports,
      numbers: versionsDefaults,
      valueMaxBytes: messageMaxBytes - BESIDE_VALUE_BYTES,
      enrolInTrees: this.relays.enrolInTrees,
    };
    this.versions = new VersionBook(stores);
    this.crdts = new CrdtBook(stores);
  }

  /** Such a replica can be passed on without being open here. */
  onUnknownReplica(way: SpreadWay, name: string): boolean {
    const isOurs = name.startsWith(VERSIONS_PREFIX) || name.startsWith(CRDTS_PREFIX);
    if (isOurs) this.relays.open(way, name);
    return isOurs;
  }

  metrics(): Readonly<Record<string, number>> {
    return versionMetrics([...this.versions.replicas, ...this.crdts.replicas]);
  }

  close(): void {
    this.versions.close();
    this.crdts.close();
    this.relays.close();
  }
}

function isNameless(update: object): boolean {
  return "key" in update && update.key === "";
}
