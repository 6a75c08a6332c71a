import type { OrderPosition } from "../../core/orderer.ts";
import { peerId } from "../../core/peer.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { JointSnapshot } from "../../data/ordered-machines/ordered-machines.contract.ts";
import type { OrderedMachines } from "../../data/ordered-machines/ordered-machines.ts";
import type { Links } from "../links/links.contract.ts";
import type { NodePorts } from "../node-ports.ts";
import { type Fetched, SnapshotDesk } from "../snapshots/snapshot-desk.ts";

/** Joint snapshots of what lives in an order, on links. The number is for ever. */
const MACHINES_CHANNEL = 17;
/** Peers asked, one after the other, before a pause. [guess] */
const GIVERS_COUNT = 8;
/** [because: as long as an election takes; who has one may be starting, too] */
const PAUSE_MS = 1_000;

const numbers = {
  /** Bytes in one message. [because: below it a stream costs more than the bytes] */
  snapshotPartMaxBytes: 1_048_576,
  /** Largest that is taken from others. [because: raft.snapshotMaxBytes] */
  snapshotMaxBytes: 268_435_456,
  /** That are being given at a time. [guess] */
  snapshotsGivenMaxCount: 4,
  /** How long one is kept for who asks for its next part. [guess] */
  snapshotKeepMs: 10_000,
  /** How long a part is waited for. [guess] */
  snapshotTimeoutMs: 5_000,
} as const;

export interface MachineSnapshotsPorts extends NodePorts {
  readonly group: string;
  links(): Pick<Links, "send" | "use">;
  somePeers(count: number): readonly string[];
  machines(): OrderedMachines;
  /** A peer's was taken: it counts in the next life, too. */
  onTaken(snapshot: JointSnapshot): void;
}

export function encodeJoint({ bytes, position }: JointSnapshot): Uint8Array {
  const writer = new ByteWriter(bytes.length + 8);
  writer.varint(position);
  writer.bytes(bytes);
  return writer.finish();
}

/** undefined for bytes that are none. */
export function decodeJoint(bytes: Uint8Array): JointSnapshot | undefined {
  const reader = new ByteReader(bytes);
  const position = reader.varint();
  if (position === undefined) return undefined;
  return { position: position as OrderPosition, bytes: bytes.subarray(reader.at) };
}

/**
 * How a node comes to what was ordered before all that the engine still has: from its peers, one
 * after the other, until one gives what is new enough.
 */
export class MachineSnapshots {
  private readonly ports: MachineSnapshotsPorts;
  private readonly desk: SnapshotDesk;
  private givers: string[] = [];
  private isAsking = false;
  private isClosed = false;

  constructor(ports: MachineSnapshotsPorts) {
    this.ports = ports;
    this.desk = new SnapshotDesk({
      ...ports,
      channel: MACHINES_CHANNEL,
      numbers,
      count: (name) => ports.count(`order.${name}`),
      give: (group) => this.give(group),
    });
  }

  /** The links stand. */
  open(): void {
    this.desk.open();
  }

  /** In a step. */
  onNeeded(): void {
    if (this.isAsking || this.isClosed) return;
    this.isAsking = true;
    this.ports.count("order.snapshotsNeeded");
    this.givers = [...this.ports.somePeers(GIVERS_COUNT)];
    this.later(0);
  }

  close(): void {
    this.isClosed = true;
    this.desk.close();
  }

  private give(group: string) {
    if (group !== this.ports.group) return { phase: "none", bytes: undefined } as const;
    const snapshot = this.ports.machines().snapshot();
    // Also of one that has a place in no order yet: it holds nothing that another one needs.
    if (snapshot === undefined || snapshot.position === 0) {
      return { phase: "joining", bytes: undefined } as const;
    }
    return { phase: "joined", bytes: encodeJoint(snapshot) } as const;
  }

  private ask(): void {
    if (this.isClosed) return;
    if (this.ports.machines().status.state !== "needsSnapshot") {
      this.isAsking = false;
      return;
    }
    const giver = this.givers.shift();
    if (giver === undefined) {
      this.givers = [...this.ports.somePeers(GIVERS_COUNT)];
      return this.later(PAUSE_MS);
    }
    const { group } = this.ports;
    this.ports.step(() =>
      this.desk.fetch(peerId(giver), group, (fetched) => this.onFetched(fetched)),
    );
  }

  /** In a step. */
  private onFetched({ bytes }: Fetched): void {
    const snapshot = bytes && decodeJoint(bytes);
    if (bytes !== undefined && snapshot === undefined) this.ports.count("order.dropped.malformed");
    if (snapshot !== undefined && this.ports.machines().restore(snapshot)) {
      this.ports.count("order.snapshotsTaken");
      this.ports.onTaken(snapshot);
    }
    this.later(0);
  }

  private later(delayMs: number): void {
    this.ports.timers.startTimer(() => this.ask(), delayMs);
  }
}
