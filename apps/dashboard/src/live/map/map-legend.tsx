import type { MemberStatus } from "../../../../../src/agent/admin.messages.ts";
import { DegradedMark, degradedMeaning, StatusMark, statusWords } from "../status-mark.tsx";
import type { EdgeKind } from "./cluster-graph.ts";

/** By the name of their class. */
const links: Readonly<Record<EdgeKind, readonly [name: string, words: string]>> = {
  view: ["link", "in use; the time is the round trip from here"],
  eager: ["eager", "messages are sent along it"],
  lazy: ["lazy", "messages are only announced"],
  reserve: ["in reserve", "for when a link breaks"],
};

export function MapLegend() {
  return (
    <ul class="map-legend" aria-label="What marks and lines mean">
      {(Object.keys(statusWords) as MemberStatus[]).map((status) => (
        <li key={status}>
          <StatusMark status={status} />
          <span>
            <b>{status}</b> {statusWords[status]}
          </span>
        </li>
      ))}
      <li>
        <DegradedMark />
        <span>
          <b>degraded</b> {degradedMeaning}
        </span>
      </li>
      {Object.entries(links).map(([kind, [name, text]]) => (
        <li key={kind}>
          <span class={`line line-${kind}`} aria-hidden="true" />
          <span>
            <b>{name}</b> {text}
          </span>
        </li>
      ))}
    </ul>
  );
}
