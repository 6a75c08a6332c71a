import { useEffect, useState } from "preact/hooks";
import type { MonitorAnswer } from "../../../../../src/agent/routes/monitor.messages.ts";
import { bytes, counted } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { NumberHeads } from "./number-heads.tsx";
import { type TalkerMeters, talkersOf, withReadings } from "./talkers.ts";

const EVERY_MS = 3_000;
const SHOWN_MAX = 10;

/** Who of the cluster moves the most bytes, as each member measures itself. */
export function Talkers() {
  const { error, value } = usePolled<MonitorAnswer>("v1/monitor", EVERY_MS);
  const [meters, setMeters] = useState<TalkerMeters>(new Map());
  useEffect(() => {
    if (value !== undefined) setMeters((before) => withReadings(before, value.members));
  }, [value]);
  const talkers = talkersOf(meters);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="panel scroll" aria-label="Top talkers" tabIndex={0}>
      <div class="panel-head">
        <h2>Who talks most</h2>
        <span class="muted small">all its bytes, as each member measures itself</span>
      </div>
      {talkers.length === 0 ? (
        <p class="empty">{error?.message ?? "No member has told what it measures yet."}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Member</th>
              <NumberHeads names={["Out a second", "In a second", "In all"]} />
            </tr>
          </thead>
          <tbody>
            {talkers.slice(0, SHOWN_MAX).map(({ allBytes, name, received, sent }) => (
              <tr key={name} data-talker={name}>
                <th scope="row">{name}</th>
                <td class="number">{rateText(sent)}</td>
                <td class="number">{rateText(received)}</td>
                <td class="number muted">{bytes(allBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {talkers.length <= SHOWN_MAX ? null : (
        <p class="muted small">{counted(talkers.length - SHOWN_MAX, "more member")} talk less.</p>
      )}
    </section>
  );
}

function rateText(rate: number | undefined): string {
  return rate === undefined ? "…" : bytes(rate);
}
