import type { Member } from "../../../../../src/agent/admin.messages.ts";
import type { TimelineEvent } from "../../../../../src/agent/routes/timeline.messages.ts";
import { clockTime } from "../../shared/format.ts";
import { Evidence, EvidenceList } from "../evidence.tsx";
import { DegradedMark, StatusMark, StatusWord } from "../status-mark.tsx";
import { kindStatus, kindWords } from "./event-words.ts";

interface EvidencePanelProps {
  readonly event: TimelineEvent | undefined;
  readonly members: readonly Member[];
}

/** What was known when it happened; and what is known of the member now. */
export function EvidencePanel({ event, members }: EvidencePanelProps) {
  const member = members.find(({ name }) => name === event?.name);
  return (
    <section class="panel stack" aria-label="Evidence">
      <h2>The evidence</h2>
      {event === undefined ? (
        <p class="empty">Choose a bar or an event to see what it rests on.</p>
      ) : (
        <>
          <div class="moment" data-evidence-of={`${event.kind} ${event.name}`}>
            <span class="status">
              {event.kind === "degrade" ? (
                <DegradedMark />
              ) : (
                <StatusMark status={kindStatus[event.kind]} />
              )}
              <b>{event.name}</b> {kindWords[event.kind]}
            </span>
            <span class="mono muted">{clockTime(event.at)}</span>
          </div>
          {event.evidence.length === 0 ? (
            <p class="empty">Nothing was known then that would need evidence.</p>
          ) : (
            <EvidenceList entries={event.evidence} />
          )}
        </>
      )}
      {member === undefined ? null : (
        <details>
          <summary>
            What is known of {member.name} now: <StatusWord member={member} />
          </summary>
          <Evidence name={member.name} />
        </details>
      )}
    </section>
  );
}
