import type { Address } from "../../../core/address.ts";
import { assert } from "../../../core/assert.ts";
import { sameBytes } from "../../../core/bytes.ts";
import { at } from "../../../core/collections/at.ts";
import { addressFromBytes } from "../../../core/ip.ts";
import {
  holdsBytes,
  type PackedBytes,
  packBytes,
  unpackBytes,
} from "../../../core/packed-bytes.ts";
import type { SwimMember, SwimStatus } from "../swim.contract.ts";
import type { PushPullNode } from "../swim.messages.ts";

export function isLiving(status: SwimStatus): boolean {
  return status === "alive" || status === "suspect";
}

/** What a member says of itself, as it travels. */
export interface MemberFields {
  readonly name: string;
  /** 4 or 16 bytes. */
  readonly addr: Uint8Array;
  readonly port: number;
  readonly meta: Uint8Array;
  readonly vsn: Uint8Array;
}

/** What may change of a member; bytes equal to the known ones cost nothing. */
export interface MemberChange {
  readonly addr?: Uint8Array;
  readonly port?: number;
  readonly meta?: Uint8Array;
  readonly vsn?: Uint8Array;
  readonly incarnation?: number;
  readonly status?: SwimStatus;
  readonly statusSince?: number;
}

/** SWIM's own face of a record: what comparing and changing it must not unpack. */
export interface StoredMember extends SwimMember, PushPullNode {
  isAt(addr: Uint8Array, port: number): boolean;
  hasMeta(meta: Uint8Array): boolean;
  hasVersions(vsn: Uint8Array): boolean;
  /** A record of its own, whatever this one shares with others. */
  changed(change: MemberChange): MemberRecord;
  /** True when both say the same but for `statusSince`; cheap when they share their facts. */
  agreesWith(node: PushPullNode): boolean;
}

/** Numbers of a push/pull entry (spec section 12.3). */
export const STATE_OF_STATUS = { alive: 0, suspect: 1, dead: 2, left: 3 } as const satisfies Record<
  SwimStatus,
  number
>;

/** An IPv4 address is one small integer, which takes no object; others are packed bytes. */
type PackedIp = number | PackedBytes;

const IPV4_BYTES = 4;
/** Vectors seen so far, for nearly all members share one. A stranger's hundredth is not kept. */
const VERSIONS_MAX_COUNT = 64;
const knownVersions: Uint8Array[] = [];

/**
 * A record in about 90 bytes and its name and meta. Immutable: a change is another record. Bytes
 * are unpacked anew for each reader, the address too; whoever needs them often keeps them.
 */
export class MemberRecord implements StoredMember {
  readonly name: string;
  readonly port: number;
  readonly vsn: Uint8Array;
  readonly incarnation: number;
  readonly status: SwimStatus;
  readonly statusSince: number;
  private readonly ip: PackedIp;
  private readonly packedMeta: PackedBytes;

  private constructor(packed: PackedFields) {
    this.name = packed.name;
    this.ip = packed.ip;
    this.port = packed.port;
    this.packedMeta = packed.packedMeta;
    this.vsn = packed.vsn;
    this.incarnation = packed.incarnation;
    this.status = packed.status;
    this.statusSince = packed.statusSince;
  }

  /** Heard of and not yet alive: whatever alive comes next is newer. */
  static unborn(fields: MemberFields, nowMs: number): MemberRecord {
    const { name, addr, port, meta, vsn } = fields;
    return new MemberRecord({
      name,
      ip: packIp(addr),
      port,
      packedMeta: packBytes(meta),
      vsn: sharedVersions(vsn),
      incarnation: 0,
      status: "dead",
      statusSince: wholeMs(nowMs),
    });
  }

  get addr(): Uint8Array {
    return unpackIp(this.ip);
  }

  get address(): Address {
    const address = addressFromBytes(this.addr, this.port);
    assert(address !== undefined, "no record is made of an address that leads nowhere");
    return address;
  }

  get meta(): Uint8Array {
    return unpackBytes(this.packedMeta);
  }

  get state(): number {
    return STATE_OF_STATUS[this.status];
  }

  isAt(addr: Uint8Array, port: number): boolean {
    return this.port === port && isIp(this.ip, addr);
  }

  hasMeta(meta: Uint8Array): boolean {
    return holdsBytes(this.packedMeta, meta);
  }

  hasVersions(vsn: Uint8Array): boolean {
    return this.vsn === vsn || sameBytes(this.vsn, vsn);
  }

  agreesWith(node: PushPullNode): boolean {
    if (node === this) return true;
    return (
      this.incarnation === node.incarnation &&
      this.state === node.state &&
      this.name === node.name &&
      this.isAt(node.addr, node.port) &&
      this.hasVersions(node.vsn) &&
      this.hasMeta(node.meta)
    );
  }

  changed(change: MemberChange): MemberRecord {
    const { addr, meta, vsn, statusSince } = change;
    return new MemberRecord({
      name: this.name,
      ip: addr === undefined || isIp(this.ip, addr) ? this.ip : packIp(addr),
      port: change.port ?? this.port,
      packedMeta: meta === undefined || this.hasMeta(meta) ? this.packedMeta : packBytes(meta),
      vsn: vsn === undefined || this.hasVersions(vsn) ? this.vsn : sharedVersions(vsn),
      incarnation: change.incarnation ?? this.incarnation,
      status: change.status ?? this.status,
      statusSince: statusSince === undefined ? this.statusSince : wholeMs(statusSince),
    });
  }
}

interface PackedFields {
  readonly name: string;
  readonly ip: PackedIp;
  readonly port: number;
  readonly packedMeta: PackedBytes;
  readonly vsn: Uint8Array;
  readonly incarnation: number;
  readonly status: SwimStatus;
  readonly statusSince: number;
}

/** Whole numbers stand in the record itself; a fraction would take an object of its own. */
function wholeMs(ms: number): number {
  return Math.floor(ms);
}

function ipv4(addr: Uint8Array): number {
  return (at(addr, 0) << 24) | (at(addr, 1) << 16) | (at(addr, 2) << 8) | at(addr, 3);
}

function packIp(addr: Uint8Array): PackedIp {
  return addr.length === IPV4_BYTES ? ipv4(addr) : packBytes(addr);
}

function unpackIp(ip: PackedIp): Uint8Array {
  if (typeof ip !== "number") return unpackBytes(ip);
  return Uint8Array.of(ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255);
}

function isIp(ip: PackedIp, addr: Uint8Array): boolean {
  if (typeof ip !== "number") return holdsBytes(ip, addr);
  return addr.length === IPV4_BYTES && ipv4(addr) === ip;
}

/** A copy that equal vectors share, so that no packet is kept alive by its six bytes. */
function sharedVersions(vsn: Uint8Array): Uint8Array {
  const known = knownVersions.find((shared) => sameBytes(shared, vsn));
  if (known !== undefined) return known;
  const copy = vsn.slice();
  if (knownVersions.length < VERSIONS_MAX_COUNT) knownVersions.push(copy);
  return copy;
}
