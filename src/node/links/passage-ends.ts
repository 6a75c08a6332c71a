import type { ConnectionDoor, ConnectionId } from "../../core/connections.ts";
import type { PeerId } from "../../core/peer.ts";
import { PASSAGE_WINDOW_BYTES, PIECE_MAX_BYTES, type RelayedMessage } from "./relayed.messages.ts";

/** Bytes taken after which the other end is told. [because: an eighth of the window] */
const CREDIT_AFTER_BYTES = PASSAGE_WINDOW_BYTES / 8;

/** Where a link's bytes go, whatever carries them. */
export type LinkDoor = Pick<ConnectionDoor, "write" | "waitingBytes" | "close" | "destroy">;

/** What the ends of passages tell the links: the same as connections do. */
export interface PassageListener {
  onBytes(id: ConnectionId, bytes: Uint8Array): void;
  onDrained(id: ConnectionId): void;
  onClosed(id: ConnectionId): void;
}

export interface PassageEndsPorts {
  readonly listener: PassageListener;
  /** Queues it on the link of this node's own to the relay. @returns false when that cannot be. */
  send(relay: PeerId, message: RelayedMessage): boolean;
  /** One that no passage of this node on any link has had. */
  nextNumber(): number;
  /** Calls `onClosed` of this one in a later step. */
  closeLater(id: ConnectionId): void;
}

interface End {
  readonly id: ConnectionId;
  readonly relay: PeerId;
  readonly number: number;
  readonly numberOf: "mine" | "yours";
  phase: "open" | "closing" | "broken";
  /** Bytes that may still be sent. */
  creditBytes: number;
  waiting: Uint8Array[];
  waitingBytes: number;
  takenBytes: number;
}

/**
 * The ends of passages at this node. To a link an end is a connection like any other: ordered bytes
 * with back-pressure, until it closes. Its ids are below 0, which no host's are.
 */
export class PassageEnds implements LinkDoor {
  private readonly ports: PassageEndsPorts;
  private readonly ends = new Map<ConnectionId, End>();
  private readonly byKey = new Map<string, End>();
  private nextId = -1;

  constructor(ports: PassageEndsPorts) {
    this.ports = ports;
  }

  get size(): number {
    return this.ends.size;
  }

  /** Asks `relay` for a passage to `target`; its end is told later when there can be none. */
  open(relay: PeerId, names: { readonly origin: string; readonly target: string }): ConnectionId {
    const end = this.newEnd(relay, this.ports.nextNumber(), "mine");
    this.say(end, { kind: "open", ...names });
    return end.id;
  }

  /** A relay brings one. */
  accept(relay: PeerId, number: number): ConnectionId | undefined {
    if (this.byKey.has(keyOf(relay, number, "yours"))) return undefined;
    return this.newEnd(relay, number, "yours").id;
  }

  write(id: ConnectionId, bytes: Uint8Array): void {
    const end = this.ends.get(id);
    if (end === undefined || end.phase !== "open") return;
    end.waiting.push(bytes);
    end.waitingBytes += bytes.length;
    this.pump(end);
  }

  waitingBytes(id: ConnectionId): number {
    return this.ends.get(id)?.waitingBytes ?? 0;
  }

  close(id: ConnectionId): void {
    const end = this.ends.get(id);
    if (end?.phase !== "open") return this.destroy(id);
    end.phase = "closing";
    this.pump(end);
  }

  destroy(id: ConnectionId): void {
    const end = this.ends.get(id);
    if (end === undefined) return;
    this.forget(end);
    if (end.phase !== "broken") this.say(end, { kind: "close" });
  }

  /** False when it is of no passage that ends here. */
  onMessage(relay: PeerId, message: RelayedMessage): boolean {
    const owner = message.numberOf === "mine" ? "yours" : "mine";
    const end = this.byKey.get(keyOf(relay, message.number, owner));
    if (end === undefined) return false;
    if (message.kind === "piece") this.onPiece(end, message.bytes);
    else if (message.kind === "credit") this.onCredit(end, message.bytesCount);
    else this.onClose(end);
    return true;
  }

  /** The link to this relay is gone. */
  onRelayLost(relay: PeerId): void {
    for (const end of [...this.ends.values()]) if (end.relay === relay) this.onClose(end);
  }

  /** The passage could not be begun, as found out in an earlier step. */
  onBroken(id: ConnectionId): void {
    const end = this.ends.get(id);
    if (end !== undefined) this.onClose(end);
  }

  private onPiece(end: End, bytes: Uint8Array): void {
    end.takenBytes += bytes.length;
    if (end.takenBytes >= CREDIT_AFTER_BYTES) {
      this.say(end, { kind: "credit", bytesCount: end.takenBytes });
      end.takenBytes = 0;
    }
    // Copied: the records of the link that carries it reuse nothing, but parts of it may be kept.
    if (end.phase === "open") this.ports.listener.onBytes(end.id, bytes.slice());
  }

  private onCredit(end: End, bytesCount: number): void {
    end.creditBytes = Math.min(PASSAGE_WINDOW_BYTES, end.creditBytes + bytesCount);
    this.pump(end);
    if (this.ends.has(end.id) && end.phase === "open") this.ports.listener.onDrained(end.id);
  }

  private onClose(end: End): void {
    this.forget(end);
    if (end.phase !== "closing") this.ports.listener.onClosed(end.id);
  }

  private pump(end: End): void {
    while (end.phase !== "broken" && end.creditBytes > 0) {
      const [first] = end.waiting;
      if (first === undefined) break;
      const length = Math.min(first.length, end.creditBytes, PIECE_MAX_BYTES);
      if (length === first.length) end.waiting.shift();
      else end.waiting[0] = first.subarray(length);
      end.waitingBytes -= length;
      end.creditBytes -= length;
      this.say(end, { kind: "piece", bytes: first.subarray(0, length) });
    }
    if (end.phase === "closing" && end.waiting.length === 0) this.destroy(end.id);
  }

  private say(end: End, content: Content): void {
    const { number, numberOf, relay } = end;
    if (end.phase === "broken" || this.ports.send(relay, { numberOf, number, ...content })) return;
    const wasClosing = end.phase === "closing";
    end.phase = "broken";
    if (wasClosing) this.forget(end);
    else this.ports.closeLater(end.id);
  }

  private newEnd(relay: PeerId, number: number, numberOf: "mine" | "yours"): End {
    const id = this.nextId as ConnectionId;
    this.nextId -= 1;
    const end: End = {
      ...{ id, relay, number, numberOf },
      phase: "open",
      creditBytes: PASSAGE_WINDOW_BYTES,
      waiting: [],
      waitingBytes: 0,
      takenBytes: 0,
    };
    this.ends.set(id, end);
    this.byKey.set(keyOf(relay, number, numberOf), end);
    return end;
  }

  private forget({ id, number, numberOf, relay }: End): void {
    this.ends.delete(id);
    this.byKey.delete(keyOf(relay, number, numberOf));
  }
}

type Content =
  | { readonly kind: "open"; readonly origin: string; readonly target: string }
  | { readonly kind: "piece"; readonly bytes: Uint8Array }
  | { readonly kind: "credit"; readonly bytesCount: number }
  | { readonly kind: "close" };

function keyOf(relay: PeerId, number: number, numberOf: "mine" | "yours"): string {
  return `${numberOf} ${number} ${relay}`;
}
