import type { Link } from "./link.ts";
import type { LinkedPeer } from "./linked-peer.ts";
import type { LinkReport } from "./links.api.ts";

export interface ReportTimes {
  readonly nowMs: number;
  /** In milliseconds since the epoch, at that moment. */
  readonly wallClock: number;
}

/** All peers that links know, by name. */
export function linkReports(peers: Iterable<LinkedPeer>, times: ReportTimes): LinkReport[] {
  const reports = [...peers].map((peer) => reportOf(peer, times));
  return reports.sort((one, other) => (one.peer < other.peer ? -1 : 1));
}

function reportOf(peer: LinkedPeer, times: ReportTimes): LinkReport {
  const { link, name, queue } = peer;
  const waiting = { queuedFrames: queue.size, queuedBytes: queue.bytes };
  if (link?.isUp === true) return { peer: name, state: "up", ...upReport(link, times), ...waiting };
  const hasAttempt = peer.dial ?? peer.candidate ?? peer.detour ?? peer.parked;
  const state = hasAttempt === undefined ? "down" : "opening";
  return { peer: name, state, ...waiting, unsentBytes: 0 };
}

function upReport(link: Link, { nowMs, wallClock }: ReportTimes) {
  const { receivedBytes, receivedFrames, sentBytes, sentFrames } = link.traffic;
  return {
    begun: link.role === "dialler" ? "dialled" : "accepted",
    ...(link.relay === undefined ? {} : { via: link.relay }),
    since: link.since,
    heardAt: Math.round(wallClock - (nowMs - link.lastHeardMs)),
    ...{ sentBytes, sentFrames, receivedBytes, receivedFrames },
    unsentBytes: link.waitingBytes,
  } as const;
}
