import { useEffect, useState } from "preact/hooks";
import type { LinksAnswer } from "../../../../../src/agent/routes/links.messages.ts";
import { bytes, clockTime, counted, duration } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import {
  busiestFirst,
  type LinkAnswer,
  type LinkLooks,
  linkRate,
  waitingBytes,
  withLinks,
} from "./link-rates.ts";
import { NumberHeads } from "./number-heads.tsx";

const EVERY_MS = 2_000;
const SHOWN_MAX = 50;

/** Connections of this node, and what waits for each peer. */
export function LinksPanel() {
  const { error, value } = usePolled<LinksAnswer>("v1/links", EVERY_MS);
  const [looks, setLooks] = useState<LinkLooks>(new Map());
  useEffect(() => {
    if (value === undefined) return;
    setLooks((before) => withLinks(before, Date.now() / 1_000, value.links));
  }, [value]);
  const links = busiestFirst(value?.links ?? []);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="panel scroll" aria-label="Links" tabIndex={0}>
      <div class="panel-head">
        <h2>Links</h2>
        <span class="muted small">
          one long-lived connection for each peer that there is much to say to
        </span>
      </div>
      {links.length === 0 ? (
        <p class="empty">
          {value === undefined ? (error?.message ?? "measuring …") : "This node has no links now."}
        </p>
      ) : (
        <LinkTable links={links.slice(0, SHOWN_MAX)} looks={looks} />
      )}
      {links.length <= SHOWN_MAX ? null : (
        <p class="muted small">
          {counted(links.length - SHOWN_MAX, "more link")} with no more waiting.
        </p>
      )}
    </section>
  );
}

interface LinkTableProps {
  readonly links: readonly LinkAnswer[];
  readonly looks: LinkLooks;
}

function LinkTable({ links, looks }: LinkTableProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Peer</th>
          <th scope="col">Link</th>
          <th scope="col">Since</th>
          <NumberHeads
            names={["Out a second", "In a second", "Out in all", "In in all", "Waiting"]}
          />
        </tr>
      </thead>
      <tbody>
        {links.map((link) => (
          <tr key={link.peer} data-link={link.peer}>
            <th scope="row">{link.peer}</th>
            <td>{linkText(link)}</td>
            <td class="small link-since">{sinceText(link)}</td>
            <td class="number">{rateText(linkRate(looks, link.peer, "sentBytes"), link)}</td>
            <td class="number">{rateText(linkRate(looks, link.peer, "receivedBytes"), link)}</td>
            <td class="number muted">{carriedText(link.sentBytes, link.sentFrames)}</td>
            <td class="number muted">{carriedText(link.receivedBytes, link.receivedFrames)}</td>
            <td class="number">{waitingText(link)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function linkText({ begun, state, via }: LinkAnswer): string {
  if (state === "opening") return "being opened";
  if (state === "down") return "none now";
  const how = begun === "dialled" ? "dialled" : "accepted";
  return via === undefined ? how : `${how}, by way of ${via}`;
}

function sinceText({ since }: LinkAnswer): string {
  if (since === undefined) return "—";
  const ageMs = Math.max(0, Date.now() - since);
  return `${clockTime(since).slice(0, 8)} (${duration(ageMs)})`;
}

function rateText(rate: number | undefined, { state }: LinkAnswer): string {
  if (state !== "up") return "—";
  return rate === undefined ? "…" : bytes(rate);
}

function carriedText(bytesCount: number | undefined, frames: number | undefined): string {
  if (bytesCount === undefined || frames === undefined) return "—";
  return `${bytes(bytesCount)}, ${counted(frames, "frame")}`;
}

function waitingText(link: LinkAnswer): string {
  const waiting = waitingBytes(link);
  if (waiting === 0) return "nothing";
  // How many frames are in what is written already nobody counts.
  if (link.queuedFrames === 0) return bytes(waiting);
  return `${bytes(waiting)}, ${counted(link.queuedFrames, "frame")}`;
}
