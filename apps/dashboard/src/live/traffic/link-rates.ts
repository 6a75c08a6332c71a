import type { LinksAnswer } from "../../../../../src/agent/routes/links.messages.ts";

export type LinkAnswer = LinksAnswer["links"][number];

/** What was told of a link, and when. */
interface LinkLook {
  readonly at: number;
  readonly link: LinkAnswer;
}

/** By peer: the last two looks. */
export type LinkLooks = ReadonlyMap<string, readonly [LinkLook, ...LinkLook[]]>;

/** A link that stands anew begins anew; one that is not told any more is forgotten. */
export function withLinks(looks: LinkLooks, at: number, links: readonly LinkAnswer[]): LinkLooks {
  return new Map(
    links.map((link) => {
      const before = looks.get(link.peer)?.[0];
      const isSame = before !== undefined && before.link.since === link.since && before.at < at;
      return [link.peer, isSame ? [{ at, link }, before] : [{ at, link }]];
    }),
  );
}

/** Bytes a second between the last two looks; undefined before there are two, or of no link. */
export function linkRate(
  looks: LinkLooks,
  peer: string,
  what: "sentBytes" | "receivedBytes",
): number | undefined {
  const [last, before] = looks.get(peer) ?? [];
  const [now, then] = [last?.link[what], before?.link[what]];
  if (last === undefined || before === undefined) return undefined;
  if (now === undefined || then === undefined) return undefined;
  return (now - then) / (last.at - before.at);
}

/** The most that waits stands first; of those with as much, who has carried the most. */
export function busiestFirst(links: readonly LinkAnswer[]): LinkAnswer[] {
  const order = (one: LinkAnswer, other: LinkAnswer): number =>
    waitingBytes(other) - waitingBytes(one) || carriedBytes(other) - carriedBytes(one);
  return [...links].sort(order);
}

export function waitingBytes({ queuedBytes, unsentBytes }: LinkAnswer): number {
  return queuedBytes + unsentBytes;
}

function carriedBytes({ receivedBytes = 0, sentBytes = 0 }: LinkAnswer): number {
  return sentBytes + receivedBytes;
}
