import type { MemberStatus } from "../../../../../src/agent/admin.messages.ts";
import { DegradedMark, degradedWords, StatusMark, statusWords } from "../status-mark.tsx";

const links: Readonly<Record<string, string>> = {
  view: "link; the time is the round trip from here",
  eager: "eager: messages are sent along it",
  lazy: "lazy: messages are only announced",
  reserve: "in reserve, for when a link breaks",
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
        <span>{degradedWords}</span>
      </li>
      {Object.entries(links).map(([kind, text]) => (
        <li key={kind}>
          <span class={`line line-${kind}`} aria-hidden="true" />
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}
