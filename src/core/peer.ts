/**
 * A peer as something to talk to. The real node uses member names, the simulator small integers;
 * the brand keeps either from being mixed up with other text or numbers, and no type parameter has
 * to travel through the code for it.
 */
export type PeerId = (string | number) & { readonly __peerId: unique symbol };

/** Marks `id` as the identity of a peer. */
export function peerId(id: string | number): PeerId {
  return id as PeerId;
}

/**
 * Names one life of a node: `name#boot`. `boot` never repeats for a name, so the updates of a node
 * that lost its disk are not mistaken for old ones. (SWIM's incarnation cannot serve: it restarts.)
 */
export type Origin = string & { readonly __origin: unique symbol };

/** Joins a member name and its boot number (a whole number below 2^53) to an origin. */
export function makeOrigin(name: string, boot: number): Origin {
  return `${name}#${boot}` as Origin;
}

/**
 * Splits an origin at its last `#`, for names may contain one.
 * @returns undefined when `text` is no origin.
 */
export function parseOrigin(text: string): { name: string; boot: number } | undefined {
  const at = text.lastIndexOf("#");
  if (at < 1) return undefined;
  const digits = text.slice(at + 1);
  if (!/^(0|[1-9][0-9]{0,15})$/.test(digits)) return undefined;
  const boot = Number(digits);
  if (!Number.isSafeInteger(boot)) return undefined;
  return { name: text.slice(0, at), boot };
}

/** Origins whose names are remembered. [because: a cluster has hundreds] */
const NAMES_MAX_COUNT = 1_024;
const names = new Map<Origin, string>();

/** The member that an origin is a life of; all of `origin` where it is none. */
export function memberOf(origin: Origin): string {
  const known = names.get(origin);
  if (known !== undefined) return known;
  if (names.size >= NAMES_MAX_COUNT) names.clear();
  const name = parseOrigin(origin)?.name ?? origin;
  names.set(origin, name);
  return name;
}
