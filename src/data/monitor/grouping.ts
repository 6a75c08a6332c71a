import { at } from "../../core/collections/at.ts";
import { log2, sqrt } from "../../core/math.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import { textLanes } from "../../core/seq-ranges.ts";
import type { MonitorOptions } from "./monitor.options.ts";

/** A member, and what its groups are made by: the value of a tag, or "" when there is none. */
export interface GroupedMember {
  readonly peer: PeerId;
  readonly bucket: string;
}

export interface Group {
  readonly id: string;
  readonly bucket: string;
  /** How often the bucket was halved. */
  readonly bits: number;
  /** Ascending. */
  readonly members: readonly PeerId[];
}

/** Leaves room for which of how many. */
const BUCKET_MAX_LENGTH = 100;

type GroupingOptions = Pick<
  MonitorOptions,
  "flatMaxCount" | "groupMaxCount" | "groupMinCount" | "layers"
>;

/**
 * Who is in which group: a function of the members alone, so that all who see the same members see
 * the same groups, with nobody asked. Members of one bucket (a rack, a zone; all, when groups are
 * made by no tag) are dealt by the first bits of a hash of their name; there are as many bits as
 * make groups of about √n. A member that comes or goes moves nobody else, until there are so many
 * that all groups of the bucket fall in two, or two each become one.
 */
export class GroupLayout {
  readonly groups: ReadonlyMap<string, Group>;
  private readonly places: ReadonlyMap<PeerId, string>;
  private readonly shapes: ReadonlyMap<string, number>;

  /** No bucket is in fewer groups than in `kept`. */
  constructor(members: readonly GroupedMember[], options: GroupingOptions, kept?: GroupLayout) {
    const buckets = new Map<string, PeerId[]>();
    for (const { bucket: given, peer } of members) {
      const bucket = bucketName(given);
      const known = buckets.get(bucket);
      if (known === undefined) buckets.set(bucket, [peer]);
      else known.push(peer);
    }
    const groups = new Map<string, Group>();
    const places = new Map<PeerId, string>();
    const shapes = new Map<string, number>();
    for (const bucket of [...buckets.keys()].sort()) {
      const peers = buckets.get(bucket) ?? [];
      const bits = Math.max(bitsFor(peers.length, options), kept?.shapes.get(bucket) ?? 0);
      shapes.set(bucket, bits);
      for (const group of dealt(bucket, bits, peers)) {
        groups.set(group.id, group);
        for (const peer of group.members) places.set(peer, group.id);
      }
    }
    this.groups = groups;
    this.places = places;
    this.shapes = shapes;
  }

  get size(): number {
    return this.places.size;
  }

  groupOf(peer: PeerId): Group | undefined {
    const id = this.places.get(peer);
    return id === undefined ? undefined : this.groups.get(id);
  }

  /** Not of this layout, but of one whose groups of that bucket are as large. */
  isShapeOf({ bits, bucket }: Group): boolean {
    const shape = this.shapes.get(bucket);
    return shape === undefined || shape === bits;
  }

  /** Some bucket is in more groups here than in the other layout, which has it too. */
  isFinerThan(other: GroupLayout): boolean {
    return [...this.shapes].some(([bucket, bits]) => bits > (other.shapes.get(bucket) ?? bits));
  }
}

export function comparePeers(one: PeerId, other: PeerId): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** One of them at random, but not `self`; undefined where there is nobody else. */
export function drawMember(
  members: readonly PeerId[],
  { random, self }: { readonly random: Random; readonly self: PeerId },
): PeerId | undefined {
  const own = members.indexOf(self);
  const count = own < 0 ? members.length : members.length - 1;
  if (count === 0) return undefined;
  const draw = random.below(count);
  return at(members, own >= 0 && draw >= own ? draw + 1 : draw);
}

/** Halvings after which groups are nearest to √n, and within their bounds. */
export function bitsFor(count: number, options: GroupingOptions): number {
  const { flatMaxCount, groupMaxCount, groupMinCount, layers } = options;
  if (layers === "flat" || count <= flatMaxCount) return 0;
  const wanted = Math.min(groupMaxCount, Math.max(groupMinCount, sqrt(count)));
  const bits = Math.max(1, Math.round(log2(count / wanted)));
  // Rounding may go beyond a bound: the smaller side gives way, for dice make groups smaller still.
  return count / (1 << bits) < groupMinCount ? bits - 1 : bits;
}

function dealt(bucket: string, bits: number, peers: readonly PeerId[]): Group[] {
  const lists = new Map<number, PeerId[]>();
  for (const peer of peers) {
    const prefix = prefixOf(peer, bits);
    const list = lists.get(prefix);
    if (list === undefined) lists.set(prefix, [peer]);
    else list.push(peer);
  }
  return [...lists]
    .sort(([one], [other]) => one - other)
    .map(([prefix, members]) => {
      const id = groupId(bucket, bits, prefix);
      return { id, bucket, bits, members: members.sort(comparePeers) };
    });
}

function prefixOf(peer: PeerId, bits: number): number {
  return bits === 0 ? 0 : textLanes(String(peer)).low >>> (32 - bits);
}

/** Which of how many: `all.3/32`. */
function groupId(bucket: string, bits: number, prefix: number): string {
  return bits === 0 ? bucket : `${bucket}.${prefix + 1}/${1 << bits}`;
}

/**
 * `all`, or the tag's value; cut, and so that it is no part of another bucket. Half a character is
 * none: others would read another name.
 */
function bucketName(given: string): string {
  const cut = given.slice(0, BUCKET_MAX_LENGTH).replace(/\p{Cs}/gu, "-");
  const name = cut.replace(/[.](?=\d+\/\d+$)/, "-");
  return name === "" ? "all" : name;
}
