import type { WhyAnswer } from "../../../../src/agent/admin.messages.ts";
import { pathSegment } from "../../../../src/core/path-name.ts";
import { clockTime } from "../shared/format.ts";
import { usePolled } from "./use-agent.ts";

/** The chain of evidence behind a member's status, as this agent has it. */
export function Evidence({ name }: { readonly name: string }) {
  const path = `v1/members/${pathSegment(name)}/why`;
  const { error, value } = usePolled<WhyAnswer>(path, 2_000);
  if (value === undefined) return <p class="empty">{error?.message ?? "Asking the agent …"}</p>;
  if (value.evidence.length === 0) {
    return <p class="empty">Nothing has been heard of {name} that would need evidence.</p>;
  }
  return <EvidenceList entries={value.evidence} />;
}

type Entry = Pick<WhyAnswer["evidence"][number], "at" | "text">;

export function EvidenceList({ entries }: { readonly entries: readonly Entry[] }) {
  return (
    <ol class="evidence">
      {entries.map(({ at, text }) => (
        <li key={`${at} ${text}`}>
          <time class="mono muted" dateTime={new Date(at).toISOString()}>
            {clockTime(at)}
          </time>
          <span>{text}</span>
        </li>
      ))}
    </ol>
  );
}
