import { useMemo, useState } from "preact/hooks";
import type { PublishAnswer } from "../../../../../src/agent/admin.messages.ts";
import type { TraceAnswer } from "../../../../../src/agent/routes/traces.messages.ts";
import { pathSegment } from "../../../../../src/core/path-name.ts";
import { counted, duration } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { type JourneyPicture, journeyOf } from "./journey.ts";
import { JourneyDrawing } from "./journey-drawing.tsx";
import { layoutOf } from "./journey-layout.ts";
import { frameAt } from "./replay.ts";
import { ReplayControls } from "./replay-controls.tsx";
import { StopsTable } from "./stops-table.tsx";
import { useReplay } from "./use-replay.ts";

/** The way of one message, asked of all nodes again and again while it is looked at. */
export function JourneyView({ followed }: { readonly followed: PublishAnswer | undefined }) {
  const { error, value } = usePolled<TraceAnswer>(followed && pathOf(followed), 1_000);
  const journey = useMemo(() => (value === undefined ? undefined : journeyOf(value)), [value]);
  if (followed === undefined) {
    return <p class="empty">Publish a message, or follow one that arrived, to see its way.</p>;
  }
  if (journey === undefined) {
    const reason =
      error?.code === "ADMIN_NOT_FOUND" ? "This agent follows no messages." : undefined;
    return <p class="empty">{reason ?? error?.message ?? "Asking all nodes …"}</p>;
  }
  return <Picture journey={journey} followed={followed} />;
}

function pathOf({ dot, topic }: PublishAnswer): string {
  return `v1/traces/${pathSegment(topic)}/${pathSegment(dot.origin)}/${dot.seq}`;
}

interface PictureProps {
  readonly journey: JourneyPicture;
  readonly followed: PublishAnswer;
}

function Picture({ followed, journey }: PictureProps) {
  const { author, copiesCount, silent, stops, without } = journey;
  const [copies, setCopies] = useState<"shown" | "hidden">("hidden");
  const replay = useReplay(pathOf(followed), journey, copies);
  const layout = useMemo(() => layoutOf(journey), [journey]);
  const lastMs = Math.max(0, ...stops.map(({ afterMs }) => afterMs));
  const told = stops.filter(({ hops }) => hops !== 0).length;
  return (
    <section class="panel stack" aria-label="The way of the message">
      <div class="panel-head">
        <h2>
          Message {followed.dot.seq} of {author}
        </h2>
        <span class="muted small" role="status" data-reached={stops.length}>
          reached {counted(stops.length, "node")}, the last after {duration(lastMs)}
        </span>
      </div>
      <ReplayControls replay={replay} copies={copies} onCopies={setCopies} />
      <JourneyDrawing
        journey={journey}
        layout={layout}
        frame={frameAt(journey, replay.atMs)}
        copies={copies}
      />
      <ul class="legend" aria-label="What the arrows mean">
        <li>
          <span class="line line-eager" aria-hidden="true" /> brought the news: {told}
        </li>
        <li>
          <span class="line line-copy" aria-hidden="true" /> came again, a copy: {copiesCount}
        </li>
        <li>
          in all {counted(told + copiesCount, "transfer")}
          {told === 0 ? "" : `, ${((told + copiesCount) / told).toFixed(1)} for each node`}
        </li>
      </ul>
      <StopsTable stops={stops} />
      {without.length === 0 ? null : (
        <p class="muted small">Not heard of it: {without.slice(0, 20).join(", ")}</p>
      )}
      {silent.length === 0 ? null : (
        <p class="muted small">Did not answer: {silent.slice(0, 20).join(", ")}</p>
      )}
      <p class="muted small">
        Times are by the clock of each node: where clocks differ, so do they, and the replay lets
        nothing arrive before its sender had it.
      </p>
    </section>
  );
}
