import { useState } from "preact/hooks";
import type {
  OrderedLogAnswer,
  OrderedNamesAnswer,
} from "../../../../../src/agent/routes/order.messages.ts";
import { pathSegment } from "../../../../../src/core/path-name.ts";
import { clipped, clockTime, shown, whole } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { NameChoice } from "./name-choice.tsx";
import { isAskable } from "./names.ts";

const ENTRIES_SHOWN = 10;

/** Logs with one order for all nodes, and their last entries. */
export function OrderedLogs() {
  const [log, setLog] = useState<string | undefined>(undefined);
  const { names } = usePolled<OrderedNamesAnswer>("v1/order/logs", 3_000).value ?? {};
  return (
    <div>
      <h3>Ordered logs</h3>
      <NameChoice
        label="Ordered log"
        placeholder="orders"
        names={names?.filter(isAskable).map((name) => ({ name }))}
        chosen={log}
        onName={setLog}
      />
      {log !== undefined ? (
        <Entries key={log} log={log} />
      ) : names?.length === 0 ? (
        <p class="empty">
          There is none yet: <code>hearsay order append orders 1</code>
        </p>
      ) : null}
    </div>
  );
}

function Entries({ log }: { readonly log: string }) {
  const path = `v1/order/logs/${pathSegment(log)}`;
  const { error, value } = usePolled<OrderedLogAnswer>(path, 1_500);
  if (value === undefined) return <p class="empty">{error?.message ?? "Asking the agent …"}</p>;
  const { entries, ordered, status } = value;
  return (
    <>
      <p class="small muted">
        {whole(ordered)} ordered
        {status === "behind" ? "; there may be more: no leader answers" : ""}
      </p>
      <ol class="blocks" start={entries.at(-ENTRIES_SHOWN)?.index}>
        {entries.slice(-ENTRIES_SHOWN).map(({ clock, from, index, value: entry }) => (
          <li key={index} data-ordered={index}>
            <b>{index}</b> {clipped(shown(entry), 120)}{" "}
            <span class="muted small">
              {from}, {clockTime(clock.ms)}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
