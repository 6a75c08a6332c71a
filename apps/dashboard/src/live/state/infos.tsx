import { useEffect, useRef, useState } from "preact/hooks";
import type { InfosAnswer } from "../../../../../src/agent/admin.messages.ts";
import { counted } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { InfoRow } from "./info-row.tsx";
import { paceOf } from "./names.ts";
import { type ShownInfo, withVanished } from "./vanished-infos.ts";

const INFOS_SHOWN_MAX = 500;
const POLL_MS = 1_000;

/** The latest write of each key, how long it still lives, and what is just over. */
export function Infos() {
  const { error, value } = usePolled<InfosAnswer>("v1/infos", paceOfInfos);
  const [filter, setFilter] = useState("");
  const shown = useVanishing(value);
  const wanted = shown.filter(({ info }) => isWanted(info.key, filter));
  const now = useNow();
  return (
    <section class="panel" aria-label="Infos">
      <div class="panel-head">
        <h2>Infos</h2>
        <label>
          <span class="small muted">Keys with</span>
          <input
            size={14}
            placeholder="load:"
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
      </div>
      <p class="small muted what">
        Keys and values that every node holds: of each key the latest write, whoever made it.
      </p>
      {value === undefined ? (
        <p class="empty">{error?.message ?? "Asking the agent …"}</p>
      ) : shown.length === 0 ? (
        <p class="empty">
          No info is set. Any node may set one: <code>hearsay info set load:p1 0.3 --ttl 60s</code>
        </p>
      ) : wanted.length === 0 ? (
        <p class="empty">
          None of {counted(shown.length, "key")} has “{filter}” in it.
        </p>
      ) : (
        <InfoTable shown={wanted} now={now} />
      )}
    </section>
  );
}

interface InfoTableProps {
  readonly shown: readonly ShownInfo[];
  readonly now: number;
}

function InfoTable({ now, shown }: InfoTableProps) {
  const hiddenCount = shown.length - INFOS_SHOWN_MAX;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll tall" tabIndex={0} aria-label="All infos">
      <table>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Value</th>
            <th scope="col">Written by</th>
            <th scope="col">Lives for</th>
            <th scope="col">Who has it</th>
          </tr>
        </thead>
        <tbody>
          {shown.slice(0, INFOS_SHOWN_MAX).map((one) => (
            <InfoRow key={one.info.key} shown={one} now={now} />
          ))}
        </tbody>
      </table>
      {hiddenCount <= 0 ? null : (
        <p class="muted small">
          {counted(hiddenCount, "more info")} not shown: <code>hearsay info ls</code>
        </p>
      )}
    </section>
  );
}

function paceOfInfos({ infos }: InfosAnswer): number {
  return paceOf(infos.length, POLL_MS);
}

function isWanted(key: string, filter: string): boolean {
  return key.toLowerCase().includes(filter.trim().toLowerCase());
}

/** What the agent says, and what it has said before and says no more. */
function useVanishing(value: InfosAnswer | undefined): readonly ShownInfo[] {
  const last = useRef<{ of: InfosAnswer | undefined; shown: readonly ShownInfo[] }>({
    of: undefined,
    shown: [],
  });
  if (value !== undefined && last.current.of !== value) {
    last.current = { of: value, shown: withVanished(last.current.shown, value.infos, Date.now()) };
  }
  return last.current.shown;
}

/** The time, each second. */
function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
