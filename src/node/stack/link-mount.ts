import { resolveOptions } from "../../core/options.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type { Swim } from "../../peers/swim/swim.ts";
import { labelBytes } from "../../wire/label.ts";
import type { LinkLayer } from "../links/link-layer.ts";
import type { LinkRouting } from "../links/links.contract.ts";
import { linksDefaults } from "../links/links.options.ts";
import { mountLinks } from "../links/mount-links.ts";
import { type AdvertisedMeta, speaksLinks } from "./advertised-meta.ts";
import type { StackParts } from "./stack.contract.ts";

/** The links of a node: SWIM knows where its members are, and their adverts who speaks links. */
export function mountNodeLinks(
  host: StackHost,
  parts: StackParts,
  beside: {
    readonly swim: Swim;
    readonly meta: AdvertisedMeta;
    readonly origin: () => Origin;
    readonly routing: LinkRouting;
  },
): LinkLayer {
  const { meta, origin, routing, swim } = beside;
  const { counters, linkSeal, options, traffic } = parts;
  const addressOf = (peer: PeerId) => {
    const member = swim.members.get(String(peer));
    if (member?.status !== "alive" && member?.status !== "suspect") return undefined;
    return speaksLinks(meta.decode(member.meta).advert) ? member.address : undefined;
  };
  const label = labelBytes(linkSeal?.label ?? "");
  const told = { counters, traffic, origin, addressOf, routing };
  const ports = { label, keyring: linkSeal?.keyring, ...told };
  return mountLinks(host, ports, options.links ?? resolveOptions("links", linksDefaults));
}
