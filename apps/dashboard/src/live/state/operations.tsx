import { useEffect, useState } from "preact/hooks";
import type { LogAnswer, LogsAnswer } from "../../../../../src/agent/routes/logs.messages.ts";
import { pathSegment } from "../../../../../src/core/path-name.ts";
import { whole } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { CausalDrawing } from "./causal-drawing.tsx";
import { NameChoice } from "./name-choice.tsx";
import { offered, openOne } from "./names.ts";

/** Operations that are drawn at a time. */
const PAGE_COUNT = 50;

/** An operation log: who wrote what, and after what. */
export function Operations() {
  const [picked, setPicked] = useState<string | undefined>(undefined);
  const { logs } = usePolled<LogsAnswer>("v1/logs", 3_000).value ?? {};
  const log = picked ?? openOne(logs);
  return (
    <section
      class={log === undefined ? "panel" : "panel wide"}
      aria-label="Operation log"
      data-log={log}
    >
      <div class="panel-head">
        <h2>Operation log</h2>
        <NameChoice
          label="Log"
          placeholder="chat"
          names={offered(logs)}
          chosen={log}
          onName={setPicked}
        />
      </div>
      <p class="small muted what">
        A list that any node appends to, and all execute: nothing before what its author had seen.
      </p>
      {log !== undefined ? (
        <Pages key={log} log={log} />
      ) : logs?.length === 0 ? (
        <p class="empty">
          There is no log yet: <code>hearsay log append chat hello</code>
        </p>
      ) : (
        <p class="empty">Choose a log to see what came after what.</p>
      )}
    </section>
  );
}

function Pages({ log }: { readonly log: string }) {
  /** Of the first operation that is shown; undefined: the last ones, whatever comes. */
  const [from, setFrom] = useState<number | undefined>(undefined);
  const place = from === undefined ? "" : `&from=${from}`;
  const path = `v1/logs/${pathSegment(log)}?count=${PAGE_COUNT}${place}`;
  const { error, value } = usePolled<LogAnswer>(path, 1_000);
  // An agent that began anew may have less than it had.
  const isPastEnd = from !== undefined && value !== undefined && from >= value.end;
  useEffect(() => {
    if (isPastEnd) setFrom(undefined);
  }, [isPastEnd]);
  if (value === undefined) return <p class="empty">{error?.message ?? "Asking the agent …"}</p>;
  const { end, entries, first } = value;
  if (entries.length === 0) {
    return (
      <p class="empty">
        {log} is empty: <code>hearsay log append {log} VALUE</code>
      </p>
    );
  }
  const shownFirst = entries[0]?.index ?? 0;
  const shownLast = entries.at(-1)?.index ?? 0;
  const newer = shownFirst + PAGE_COUNT;
  return (
    <>
      <div class="row pages">
        <button
          type="button"
          disabled={shownFirst <= first}
          onClick={() => setFrom(Math.max(first, shownFirst - PAGE_COUNT))}
        >
          Older
        </button>
        <button
          type="button"
          disabled={shownLast >= end - 1}
          onClick={() => setFrom(newer + PAGE_COUNT >= end ? undefined : newer)}
        >
          Newer
        </button>
        <button type="button" aria-pressed={from === undefined} onClick={() => setFrom(undefined)}>
          Newest, live
        </button>
        <span class="small muted" data-shown={`${shownFirst}-${shownLast}`}>
          {whole(shownFirst)} … {whole(shownLast)} of {whole(end)}
          {first > 0 ? `; the list begins at ${whole(first)}` : ""}
        </span>
      </div>
      <CausalDrawing entries={entries} />
    </>
  );
}
