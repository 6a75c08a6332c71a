import type { TimelineEvent } from "../../../../../src/agent/routes/timeline.messages.ts";
import { clockTime, counted } from "../../shared/format.ts";
import { DegradedMark, StatusMark } from "../status-mark.tsx";
import { kindStatus, kindWords } from "./event-words.ts";

/** Rows that a table shows; the drawing and the command line have all. */
const ROWS_MAX = 200;

interface EventsProps {
  readonly events: readonly TimelineEvent[];
  readonly chosen: number | undefined;
  readonly onChoose: (event: TimelineEvent) => void;
}

/** Newest first. */
export function Events({ chosen, events, onChoose }: EventsProps) {
  const shown = events.slice(-ROWS_MAX).reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="event-list scroll" aria-label="Events" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Member</th>
            <th scope="col">What happened</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((event) => (
            <Row
              key={event.number}
              event={event}
              standing={event.number === chosen ? "chosen" : "other"}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </table>
      {events.length > ROWS_MAX ? (
        <p class="muted small">
          {counted(events.length - ROWS_MAX, "earlier event")}: <code>hearsay timeline</code>
        </p>
      ) : null}
    </section>
  );
}

interface RowProps {
  readonly event: TimelineEvent;
  readonly standing: "chosen" | "other";
  readonly onChoose: (event: TimelineEvent) => void;
}

function Row({ event, onChoose, standing }: RowProps) {
  const { at, kind, name } = event;
  const isChosen = standing === "chosen";
  return (
    <tr class={isChosen ? "chosen fresh" : "fresh"} data-event={`${kind} ${name}`}>
      <td class="mono muted">{clockTime(at)}</td>
      <td>
        <button type="button" aria-pressed={isChosen} onClick={() => onChoose(event)}>
          {name}
        </button>
      </td>
      <td>
        <span class="status">
          {kind === "degrade" ? <DegradedMark /> : <StatusMark status={kindStatus[kind]} />}{" "}
          {kindWords[kind] ?? kind}
        </span>
      </td>
    </tr>
  );
}
