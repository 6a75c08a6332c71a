import { crc32 } from "../../core/crc32.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Links, LinkUser } from "../links/links.contract.ts";
import type { NodeTimers } from "../node-host.ts";
import type { GiverPhase, SnapshotPart } from "./snapshot.messages.ts";
import { decodeSnapshotMessage, encodeSnapshotMessage } from "./snapshot.wire.ts";

export type SnapshotCount =
  | "snapshotsGiven"
  | "dropped.malformed"
  /** A part that was not asked for, or not now. */
  | "dropped.unknown";

export interface SnapshotNumbers {
  /** Bytes in one message. */
  readonly snapshotPartMaxBytes: number;
  /** Largest that is taken from others. */
  readonly snapshotMaxBytes: number;
  /** That are being given at a time; who asks more is told to come again. */
  readonly snapshotsGivenMaxCount: number;
  /** How long one is kept for who asks for its next part. */
  readonly snapshotKeepMs: number;
  /** How long a part is waited for. */
  readonly snapshotTimeoutMs: number;
}

export interface SnapshotDeskPorts {
  /** On links. */
  readonly channel: number;
  readonly numbers: SnapshotNumbers;
  readonly timers: NodeTimers;
  readonly now: () => number;
  readonly links: () => Pick<Links, "send" | "use">;
  count(name: SnapshotCount): void;
  readonly step: (body: () => void) => void;
  /** The state of what is open here by this name, in bytes. */
  give(replica: string): { readonly phase: GiverPhase; readonly bytes: Uint8Array | undefined };
}

/** What came of asking one peer. */
export interface Fetched {
  readonly phase: GiverPhase | "lost";
  readonly bytes?: Uint8Array;
}

interface Giving {
  readonly bytes: Uint8Array;
  readonly checksum: number;
  untilMs: number;
}

interface Fetching {
  readonly peer: PeerId;
  readonly replica: string;
  readonly parts: Uint8Array[];
  readonly end: (fetched: Fetched) => void;
  heldBytes: number;
  timer: number;
}

const noBytes = new Uint8Array(0);

/**
 * Where a newcomer is given the state of a thing: whole as of one moment, in parts, one asked for
 * after the other. [spec §12, Join]
 */
export class SnapshotDesk implements LinkUser {
  private readonly ports: SnapshotDeskPorts;
  private readonly givings = new Map<string, Giving>();
  private readonly fetchings = new Map<number, Fetching>();
  private nextId = 1;

  constructor(ports: SnapshotDeskPorts) {
    this.ports = ports;
  }

  /** The links stand. */
  open(): void {
    this.ports.links().use(this.ports.channel, this, "bulk");
  }

  /** In a step. `end` is called in a later one. */
  fetch(peer: PeerId, replica: string, end: (fetched: Fetched) => void): void {
    const id = this.nextId;
    this.nextId += 1;
    const timer = this.armed(id);
    this.fetchings.set(id, { peer, replica, parts: [], end, heldBytes: 0, timer });
    this.ask(id);
  }

  onMessage(from: PeerId, bytes: Uint8Array): void {
    const message = decodeSnapshotMessage(bytes);
    if (message === undefined) return this.ports.count("dropped.malformed");
    if (message.kind === "part") return this.onPart(from, message);
    const { id, offset, replica } = message;
    this.say(from, { kind: "part", id, ...this.partOf(from, replica, offset) });
  }

  onUnsent(peer: PeerId): void {
    this.onLinkLost(peer);
  }

  onLinkLost(peer: PeerId): void {
    for (const [id, fetching] of [...this.fetchings]) {
      if (fetching.peer === peer) this.end(id, { phase: "lost" });
    }
  }

  close(): void {
    for (const { timer } of this.fetchings.values()) this.ports.timers.stopTimer(timer);
    this.fetchings.clear();
    this.givings.clear();
  }

  private ask(id: number): void {
    const fetching = this.fetchings.get(id);
    if (fetching === undefined) return;
    const { heldBytes: offset, peer, replica } = fetching;
    const bytes = encodeSnapshotMessage({ kind: "ask", id, replica, offset });
    // What cannot be sent is found by the clock.
    this.ports.links().send(peer, this.ports.channel, bytes);
  }

  private onPart(from: PeerId, { bytes, checksum, id, phase, totalBytes }: SnapshotPart): void {
    const fetching = this.fetchings.get(id);
    if (fetching === undefined || fetching.peer !== from) {
      return this.ports.count("dropped.unknown");
    }
    if (phase !== "joined") return this.end(id, { phase });
    const { snapshotMaxBytes } = this.ports.numbers;
    fetching.parts.push(bytes);
    fetching.heldBytes += bytes.length;
    const isAbsurd = totalBytes > snapshotMaxBytes || fetching.heldBytes > totalBytes;
    if (isAbsurd || bytes.length === 0) {
      this.ports.count("dropped.malformed");
      return this.end(id, { phase: "lost" });
    }
    if (fetching.heldBytes < totalBytes) {
      this.ports.timers.stopTimer(fetching.timer);
      fetching.timer = this.armed(id);
      return this.ask(id);
    }
    const whole = joined(fetching.parts, totalBytes);
    // Parts of two moments, when the giver had let go of the first.
    const isWhole = crc32(whole) === checksum;
    this.end(id, isWhole ? { phase, bytes: whole } : { phase: "lost" });
  }

  private partOf(peer: PeerId, replica: string, offset: number): Omit<SnapshotPart, "id" | "kind"> {
    const { numbers, now } = this.ports;
    const nothing = { totalBytes: 0, checksum: 0, bytes: noBytes };
    const key = `${peer}\n${replica}`;
    this.expire();
    let giving = this.givings.get(key);
    // From the beginning: as it is now, unless it was asked for a moment ago.
    if (giving === undefined) {
      if (this.givings.size >= numbers.snapshotsGivenMaxCount) return { phase: "busy", ...nothing };
      const { bytes, phase } = this.ports.give(replica);
      if (bytes === undefined || phase !== "joined") return { phase, ...nothing };
      giving = { bytes, checksum: crc32(bytes), untilMs: 0 };
      this.givings.set(key, giving);
      this.ports.count("snapshotsGiven");
    }
    giving.untilMs = now() + numbers.snapshotKeepMs;
    const { checksum, bytes: whole } = giving;
    const bytes = whole.subarray(offset, offset + numbers.snapshotPartMaxBytes);
    if (offset + bytes.length >= whole.length) this.givings.delete(key);
    return { phase: "joined", totalBytes: whole.length, checksum, bytes };
  }

  private expire(): void {
    const nowMs = this.ports.now();
    for (const [key, { untilMs }] of this.givings) if (untilMs <= nowMs) this.givings.delete(key);
  }

  private say(to: PeerId, part: SnapshotPart): void {
    this.ports.links().send(to, this.ports.channel, encodeSnapshotMessage(part));
  }

  private armed(id: number): number {
    const { numbers, step, timers } = this.ports;
    const onTimer = (): void => step(() => this.end(id, { phase: "lost" }));
    return timers.startTimer(onTimer, numbers.snapshotTimeoutMs);
  }

  private end(id: number, fetched: Fetched): void {
    const fetching = this.fetchings.get(id);
    if (fetching === undefined) return;
    this.fetchings.delete(id);
    this.ports.timers.stopTimer(fetching.timer);
    fetching.end(fetched);
  }
}

function joined(parts: readonly Uint8Array[], totalBytes: number): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(totalBytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
