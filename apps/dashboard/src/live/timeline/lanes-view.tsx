import { useEffect, useMemo, useState } from "preact/hooks";
import type { Member } from "../../../../../src/agent/admin.messages.ts";
import type { TimelineEvent } from "../../../../../src/agent/routes/timeline.messages.ts";
import { clockTime, counted, duration } from "../../shared/format.ts";
import { DegradedMark, degradedWords, StatusMark } from "../status-mark.tsx";
import { type Lane, lanesOf, type Stretch } from "./lanes.ts";
import type { Timeline } from "./timeline-book.ts";

/** How much of the past is shown; undefined: all of it. */
const windows: Readonly<Record<string, number | undefined>> = {
  "the last minute": 60_000,
  "the last 5 minutes": 300_000,
  "the last hour": 3_600_000,
  "all that is known": undefined,
};

interface LanesProps {
  readonly timeline: Timeline;
  readonly members: readonly Member[];
  readonly chosen: number | undefined;
  readonly onChoose: (event: TimelineEvent) => void;
}

/** What is drawn: from when to when. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** A lane for each of the members that changed last, a bar for each status that it had. */
export function Lanes({ chosen, members, onChoose, timeline }: LanesProps) {
  const [wanted, setWanted] = useState("all that is known");
  const now = useNow(timeline.events.at(-1)?.at ?? 0);
  const width = windows[wanted];
  const begin = Math.min(timeline.beganAt, timeline.events[0]?.at ?? timeline.beganAt);
  const from = width === undefined ? Math.min(begin, now - 10_000) : now - width;
  const span = { from, to: now };
  const lanes = useMemo(() => lanesOf(timeline, members), [timeline, members]);
  const hiddenCount = Math.max(0, members.length - lanes.length);
  return (
    <section class="panel" aria-label="Members over time">
      <div class="panel-head">
        <h2>Members over time</h2>
        <label>
          <span class="muted small">Show</span>
          <select value={wanted} onChange={(event) => setWanted(event.currentTarget.value)}>
            {Object.keys(windows).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <div class="lanes">
        <Scale span={span} />
        {lanes.map((lane) => (
          <LaneRow key={lane.name} lane={lane} span={span} chosen={chosen} onChoose={onChoose} />
        ))}
      </div>
      <ul class="legend" aria-label="What the bars mean">
        {(["alive", "suspect", "failed", "left"] as const).map((status) => (
          <li key={status}>
            <span class={`bar-sample stretch-${status}`} aria-hidden="true" />
            <StatusMark status={status} /> {status}
          </li>
        ))}
        <li>
          <DegradedMark /> {degradedWords}
        </li>
        {hiddenCount === 0 ? null : (
          <li>
            {counted(hiddenCount, "more member")} that did nothing lately{" "}
            {hiddenCount === 1 ? "is" : "are"} not drawn
          </li>
        )}
      </ul>
    </section>
  );
}

interface LaneRowProps {
  readonly lane: Lane;
  readonly span: Span;
  readonly chosen: number | undefined;
  readonly onChoose: (event: TimelineEvent) => void;
}

function LaneRow({ chosen, lane, onChoose, span }: LaneRowProps) {
  const { degraded, name, stretches } = lane;
  const seen = stretches.filter(({ to }) => to === undefined || to > span.from);
  return (
    <>
      <div class="lane-name">{name}</div>
      <div class="lane" data-lane={name}>
        {seen.map((stretch) => (
          <Bar
            key={`${stretch.from} ${stretch.status}`}
            name={name}
            stretch={stretch}
            place={placeOf(stretch, span)}
            standing={stretch.event?.number === chosen ? "chosen" : "other"}
            onChoose={onChoose}
          />
        ))}
        {degraded
          .filter(({ to }) => to === undefined || to > span.from)
          .map((busy) => (
            <span
              key={busy.from}
              class="lane-busy"
              title={`${name}: ${degradedWords}`}
              style={placeOf(busy, span)}
            />
          ))}
      </div>
    </>
  );
}

interface BarProps {
  readonly name: string;
  readonly stretch: Stretch;
  readonly place: { readonly left: string; readonly width: string };
  readonly standing: "chosen" | "other";
  readonly onChoose: (event: TimelineEvent) => void;
}

function Bar({ name, onChoose, place, standing, stretch }: BarProps) {
  const { event, from, status, to } = stretch;
  const classes = `stretch stretch-${status}${standing === "chosen" ? " stretch-chosen" : ""}`;
  if (event === undefined) return <span class={classes} style={place} />;
  // Where the clock was set back meanwhile, nobody knows how long.
  const how = to === undefined ? "until now" : `for ${duration(Math.max(0, to - from))}`;
  const words = `${name} ${status} from ${clockTime(from)}, ${how}`;
  return (
    <button
      type="button"
      class={classes}
      style={place}
      title={words}
      aria-label={`${words}: the evidence`}
      aria-pressed={standing === "chosen"}
      data-stretch={`${status} ${name}`}
      onClick={() => onChoose(event)}
    />
  );
}

/** Ticks at round times, so that they do not run while time does. */
function Scale({ span }: { readonly span: Span }) {
  const { from, to } = span;
  const step = stepOf(to - from);
  const first = Math.ceil(from / step) * step;
  const ticks: number[] = [];
  for (let at = first; at < to && ticks.length < TICKS_MAX * 2; at += step) ticks.push(at);
  return (
    <>
      <div class="lane-name muted small">now on the right</div>
      <div class="lane-scale" aria-hidden="true">
        {ticks.map((at) => (
          <span key={at} class="mono" style={{ left: share((at - from) / (to - from)) }}>
            {clockTime(at).slice(0, 8)}
          </span>
        ))}
      </div>
    </>
  );
}

const TICKS_MAX = 8;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400];

function stepOf(widthMs: number): number {
  const enough = steps.find((seconds) => widthMs / (seconds * 1_000) <= TICKS_MAX);
  return (enough ?? Math.ceil(widthMs / TICKS_MAX / 86_400_000) * 86_400) * 1_000;
}

function placeOf(
  { from, to }: { readonly from: number; readonly to: number | undefined },
  span: Span,
): { readonly left: string; readonly width: string } {
  const width = span.to - span.from;
  const left = Math.min(1, Math.max(0, (from - span.from) / width));
  const right = Math.min(1, Math.max(left, ((to ?? span.to) - span.from) / width));
  return { left: share(left), width: share(right - left) };
}

function share(ratio: number): string {
  return `${(ratio * 100).toFixed(3)}%`;
}

/** The clock, each second; never before what has happened, by a clock that may differ. */
function useNow(least: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(now, least);
}
