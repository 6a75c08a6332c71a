import type { ConnectionId } from "../../core/connections.ts";
import { type Origin, parseOrigin } from "../../core/peer.ts";
import {
  decodeHello,
  encodeHello,
  HELLO_MAX_BYTES,
  LINK_VERSION,
  type LinkHello,
} from "../../wire/link-hello.ts";
import {
  everyFrame,
  FRAME_HEAD_BYTES,
  type LinkFrame,
  linkFrames,
  RECORD_HEAD_BYTES,
} from "../../wire/link-record.ts";
import { type LinkRole, LinkSeal } from "../../wire/link-seal.ts";
import { RecordReader } from "../../wire/record-reader.ts";
import { LinkTraffic } from "../traffic/link-traffic.ts";
import { Assemblies } from "./assemblies.ts";
import type { LinkCount, LinkPorts } from "./links.contract.ts";
import type { LinkDoor } from "./passage-ends.ts";

const noBytes = new Uint8Array(0);
const noFrames: readonly LinkFrame[] = [];

/**
 * dialler:   introducing ─hello▶ up
 * acceptor:  introducing ─hello▶ (parked) ▶ answered ─first record▶ up
 *
 * The acceptor waits for a record that names its nonce, for a hello alone may be a replayed one.
 * After a goodbye of its own a link is "leaving": it reads on until the peer has said its last.
 */
export type LinkPhase = "introducing" | "parked" | "answered" | "up" | "leaving" | "gone";

/** Who owns the links. */
export interface LinkOwner {
  /** @returns what to do with who says this: go on, wait, or the reason to refuse. */
  onHello(link: Link, hello: LinkHello): "go on" | "park" | LinkCount;
  onUp(link: Link): void;
  onFrame(link: Link, frame: LinkFrame): void;
  /** The peer broke a rule; the link is to be destroyed. */
  onFault(link: Link, reason: LinkCount): void;
}

export interface LinkSetup {
  readonly door: LinkDoor;
  readonly id: ConnectionId;
  readonly role: LinkRole;
  /** The name that was dialled; the IP address that one came from. */
  readonly place: string;
  /** By way of whom; absent for a connection of this node's own. */
  readonly relay?: string | undefined;
  /** Who the relay says is at the other end. */
  readonly claimed?: string | undefined;
  readonly nonce: Uint8Array;
  readonly recordMaxBytes: number;
  readonly messageMaxBytes: number;
}

/** One connection: who is at its other end, and what is said on it. */
export class Link {
  readonly id: ConnectionId;
  readonly role: LinkRole;
  /** Who was dialled, or where it came from. */
  readonly place: string;
  readonly relay: string | undefined;
  readonly claimed: string | undefined;
  phase: LinkPhase = "introducing";
  /** The peer has another link, and has said its last on this one. */
  hasSaidLast = false;
  /** Of the peer, from its hello. */
  name = "";
  boot = -1;
  serial = -1;
  capabilities = 0;
  /** As much of `heldBytes` as its owner has counted. */
  countedBytes = 0;
  lastHeardMs: number;
  lastSentMs: number;
  /** When it last carried something that somebody wanted to be carried. */
  lastUsedMs: number;
  /** Since when it stands, by the wall clock. */
  since = 0;
  readonly traffic: LinkTraffic;
  private readonly setup: LinkSetup;
  private readonly ports: LinkPorts;
  private readonly owner: LinkOwner;
  private readonly seal: LinkSeal;
  private readonly reader: RecordReader;
  /** Messages that come in parts. */
  readonly assemblies: Assemblies;

  constructor(setup: LinkSetup, ports: LinkPorts, owner: LinkOwner & { readonly nowMs: number }) {
    this.setup = setup;
    this.ports = ports;
    this.owner = owner;
    this.id = setup.id;
    this.role = setup.role;
    this.place = setup.place;
    this.relay = setup.relay;
    this.claimed = setup.claimed;
    this.seal = new LinkSeal(ports.keyring, ports.label, setup.role);
    this.reader = new RecordReader(HELLO_MAX_BYTES + this.seal.overheadBytes);
    this.assemblies = new Assemblies(setup.messageMaxBytes);
    this.lastHeardMs = owner.nowMs;
    this.lastSentMs = owner.nowMs;
    this.lastUsedMs = owner.nowMs;
    const isOwn = setup.relay === undefined;
    this.traffic = new LinkTraffic(isOwn ? ports.traffic?.links : ports.traffic?.relayed);
  }

  get heldBytes(): number {
    return this.reader.heldBytes + this.assemblies.heldBytes;
  }

  /** True once the phase is past all that could refuse it. */
  get isUp(): boolean {
    return this.phase === "up";
  }

  /** Says who this node is. */
  introduce(serial: number): void {
    const { ports } = this;
    const hello = encodeHello({
      cluster: clusterText(ports.label),
      origin: ports.origin(),
      version: LINK_VERSION,
      capabilities: 0,
      nonce: this.setup.nonce,
      serial,
    });
    this.put(this.seal.recordOf(hello), noFrames, 0);
    this.seal.bind(this.role, this.setup.nonce);
  }

  /** The acceptor's answer to a hello that was accepted. */
  answer(serial: number, nowMs: number): void {
    this.introduce(serial);
    this.phase = "answered";
    this.lastSentMs = nowMs;
  }

  write(frames: readonly LinkFrame[], joinedBytes: number, nowMs: number): void {
    this.lastSentMs = nowMs;
    this.put(this.seal.record(frames, joinedBytes), frames, joinedBytes);
  }

  /** Nothing but a word of the links themselves. */
  say(kind: number, nowMs: number, channel = 0): void {
    this.write([{ kind, channel, bytes: noBytes }], FRAME_HEAD_BYTES, nowMs);
  }

  /** Bytes that the system has not taken yet. */
  get waitingBytes(): number {
    return this.setup.door.waitingBytes(this.id);
  }

  /** Says goodbye, and reads on. */
  leave(nowMs: number, why = 0): void {
    this.say(linkFrames.goodbye, nowMs, why);
    this.phase = "leaving";
  }

  /** Sends what is written, and closes. */
  close(): void {
    this.phase = "gone";
    this.setup.door.close(this.id);
  }

  destroy(): void {
    this.phase = "gone";
    this.setup.door.destroy(this.id);
  }

  onBytes(bytes: Uint8Array, nowMs: number): void {
    this.lastHeardMs = nowMs;
    if (this.reader.feed(bytes, this.visit) === "tooLarge") this.fault("links.refused.tooLarge");
  }

  private readonly visit = (body: Uint8Array): "next" | "stop" => {
    const plain = this.seal.open(body);
    const recordBytes = RECORD_HEAD_BYTES + body.length;
    if (plain === undefined) {
      this.traffic.onRecordUnreadable(recordBytes);
      this.fault("links.refused.decrypt");
    } else {
      this.traffic.onRecordBegun();
      if (this.phase === "introducing") this.readHello(plain);
      else this.readFrames(plain);
      this.traffic.onRecordRead(recordBytes);
    }
    return this.isOver() ? "stop" : "next";
  };

  private readHello(plain: Uint8Array): void {
    const hello = decodeHello(plain);
    const origin = hello && parseOrigin(hello.origin);
    if (hello === undefined || origin === undefined) return this.fault("links.refused.badHello");
    this.name = origin.name;
    this.boot = origin.boot;
    this.serial = hello.serial;
    this.capabilities = hello.capabilities;
    this.seal.bind(this.role === "dialler" ? "acceptor" : "dialler", hello.nonce);
    const verdict = this.owner.onHello(this, hello);
    if (verdict === "park") this.phase = "parked";
    else if (verdict !== "go on") this.fault(verdict);
    else if (this.role === "dialler") this.becomeUp();
  }

  private readFrames(plain: Uint8Array): void {
    // Who waits for our hello cannot know the nonce that this would need.
    if (this.phase === "parked") return this.fault("links.refused.badRecord");
    if (this.phase === "answered") this.becomeUp();
    if (this.isOver()) return;
    const isWhole = everyFrame(plain, (kind, channel, bytes) => {
      this.traffic.onFrameRead(kind, channel, bytes.length);
      this.owner.onFrame(this, { kind, channel, bytes });
      return this.isOver() ? "stop" : "next";
    });
    if (!isWhole) this.fault("links.refused.badRecord");
  }

  private becomeUp(): void {
    this.phase = "up";
    this.reader.recordMaxBytes = this.setup.recordMaxBytes + this.seal.overheadBytes;
    // The acceptor waits for it.
    if (this.role === "dialler") this.write(noFrames, 0, this.lastHeardMs);
    this.owner.onUp(this);
  }

  private put(record: Uint8Array, frames: readonly LinkFrame[], joinedBytes: number): void {
    this.traffic.onRecordWritten(record.length, frames, joinedBytes);
    this.setup.door.write(this.id, record);
  }

  private isOver(): boolean {
    return this.phase === "gone";
  }

  private fault(reason: LinkCount): void {
    if (!this.isOver()) this.owner.onFault(this, reason);
  }
}

/** As a label is text wherever people see it. */
export function clusterText(label: Uint8Array): string {
  return new TextDecoder().decode(label);
}

export function nameOf(origin: Origin): string {
  return parseOrigin(origin)?.name ?? origin;
}
