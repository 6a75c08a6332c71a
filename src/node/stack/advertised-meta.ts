import { HearsayError } from "../../core/errors.ts";
import type { SerfCodec } from "../../peers/serf/serf.contract.ts";
import {
  ADVERT_TAG,
  ADVERT_VERSION,
  type Advert,
  advertText,
  decodeAdvertMeta,
  encodeAdvertMeta,
  parseAdvertText,
} from "../../wire/advert.ts";

export type Wire = "serf" | "memberlist";
export type Tags = ReadonlyMap<string, string>;

/** User tags, encoded; the rest of a member's 512 bytes is room for the advert. */
const TAGS_MAX_BYTES = 480;
const RESERVED_PREFIX = "_h";
const NO_TAGS: Tags = new Map();

/** What a node can do beyond version 1, each a power of two. */
const capabilities = {
  /** Takes links, and answers requests on them. */
  links: 1,
  /** Takes part in HyParView. */
  hyparview: 2,
  /** Takes part in the matrix of who reaches whom, and passes links on for others. */
  reachability: 4,
  /** Takes no part in monitoring, and never will in this life. */
  unmonitored: 8,
} as const;
/** What a node can do or not, as its user chose. */
export type ChosenCapability = "hyparview" | "unmonitored";

export function speaksLinks(advert: Advert | undefined): boolean {
  return advert !== undefined && (advert.capabilities & capabilities.links) !== 0;
}

export function speaksHyParView(advert: Advert | undefined): boolean {
  return speaksLinks(advert) && ((advert?.capabilities ?? 0) & capabilities.hyparview) !== 0;
}

export function knowsPaths(advert: Advert | undefined): boolean {
  return speaksLinks(advert) && ((advert?.capabilities ?? 0) & capabilities.reachability) !== 0;
}

export function isUnmonitored(advert: Advert | undefined): boolean {
  return ((advert?.capabilities ?? 0) & capabilities.unmonitored) !== 0;
}

/** What a member's meta says, as users see it and as Hearsay does. */
export interface ReadMeta {
  readonly tags: Tags;
  /** Absent when the member is not Hearsay. */
  readonly advert: Advert | undefined;
}

/** Tags and advert as bytes of meta, on either wire. Source: DESIGN section 5. */
export class AdvertisedMeta {
  readonly wire: Wire;
  private readonly codec: SerfCodec;
  private readonly capabilities: number;

  constructor(wire: Wire, codec: SerfCodec, chosen: readonly ChosenCapability[] = []) {
    this.wire = wire;
    this.codec = codec;
    this.capabilities = chosen.reduce<number>(
      (sum, one) => sum | capabilities[one],
      capabilities.links | capabilities.reachability,
    );
  }

  /** pmin, pmax, pcur, dmin, dmax, dcur: what a member of each kind of cluster must announce. */
  get vsn(): Uint8Array {
    return this.wire === "serf" ? Uint8Array.of(1, 5, 2, 2, 5, 5) : Uint8Array.of(1, 5, 2, 0, 0, 0);
  }

  /** @throws HearsayError TAGS_TOO_LARGE, TAG_RESERVED */
  checkTags(tags: Tags): void {
    for (const name of tags.keys()) {
      if (!name.startsWith(RESERVED_PREFIX)) continue;
      const detail = `tag ${JSON.stringify(name)}: names with _h in front are ours; rename it`;
      throw new HearsayError("TAG_RESERVED", detail);
    }
    const { length } = this.codec.encodeTags(tags);
    if (length <= TAGS_MAX_BYTES) return;
    const detail = `the tags encode to ${length} bytes, but ${TAGS_MAX_BYTES} fit; shorten some`;
    throw new HearsayError("TAGS_TOO_LARGE", detail);
  }

  /** The tags as Serf gossips them, the advert among them. */
  withAdvert(tags: Tags, boot: number): Tags {
    return new Map([...tags, [ADVERT_TAG, advertText(this.ownAdvert(boot))]]);
  }

  encode(tags: Tags, boot: number): Uint8Array {
    if (this.wire === "serf") return this.codec.encodeTags(this.withAdvert(tags, boot));
    const userMeta = tags.size === 0 ? new Uint8Array(0) : this.codec.encodeTags(tags);
    return encodeAdvertMeta({ advert: this.ownAdvert(boot), userMeta });
  }

  /** Never throws: what makes no sense reads as no tags and no advert. */
  decode(meta: Uint8Array): ReadMeta {
    if (this.wire === "serf") return this.decodeTags(meta);
    const read = decodeAdvertMeta(meta);
    if (read === undefined) return { tags: NO_TAGS, advert: undefined };
    const tags = read.userMeta.length === 0 ? NO_TAGS : this.codec.decodeTags(read.userMeta);
    return { tags, advert: read.advert };
  }

  private decodeTags(meta: Uint8Array): ReadMeta {
    const all = this.codec.decodeTags(meta);
    const text = all.get(ADVERT_TAG);
    const advert = text === undefined ? undefined : parseAdvertText(text);
    return { tags: withoutReserved(all), advert };
  }

  private ownAdvert(boot: number): Advert {
    return { version: ADVERT_VERSION, capabilities: this.capabilities, boot };
  }
}

function withoutReserved(tags: Tags): Tags {
  return new Map([...tags].filter(([name]) => !name.startsWith(RESERVED_PREFIX)));
}
