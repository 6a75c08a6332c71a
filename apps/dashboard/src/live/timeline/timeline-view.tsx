import { useState } from "preact/hooks";
import type { TimelineEvent } from "../../../../../src/agent/routes/timeline.messages.ts";
import { clockTime, counted } from "../../shared/format.ts";
import type { Cluster } from "../cluster.ts";
import { Events } from "./event-table.tsx";
import { EvidencePanel } from "./evidence-panel.tsx";
import { Lanes } from "./lanes-view.tsx";
import { Reachability } from "./reachability.tsx";
import { timeline } from "./timeline-keeper.ts";

interface Choice {
  readonly life: string;
  readonly event: TimelineEvent;
}

export function TimelineView({ cluster }: { readonly cluster: Cluster }) {
  const known = timeline.value;
  const [choice, setChoice] = useState<Choice | undefined>(undefined);
  const members = cluster.members.value?.members ?? [];
  if (known === undefined) return <p class="empty">Asking the agent …</p>;
  const { beganAt, events, isNumbered, life, lostCount } = known;
  // In another life of the agent its number is that of something else.
  const chosen = choice?.life === life ? choice.event : undefined;
  const setChosen = (event: TimelineEvent): void => setChoice({ life, event });
  const local = cluster.members.value?.local ?? "";
  const shown = chosen ?? events.findLast(({ kind }) => kind !== "join" && kind !== "update");
  const since = isNumbered ? `since ${clockTime(beganAt)}, when it began` : "since you look";
  return (
    <>
      <div class="page-head">
        <h1>Timeline</h1>
        <p>
          Who came, was suspected, died or left, as <b>{local}</b> found out {since}.
          {lostCount > 0 ? ` ${counted(lostCount, "earlier event")} not kept.` : ""}
        </p>
      </div>
      <Lanes timeline={known} members={members} chosen={shown?.number} onChoose={setChosen} />
      <div class="two">
        <section class="panel" aria-label="What members did">
          <h2>What happened, newest first</h2>
          {events.length === 0 ? (
            <p class="empty">
              Nothing has happened yet: everybody is where they were. Stop a node, and watch how the
              others find out.
            </p>
          ) : (
            <Events events={events} chosen={shown?.number} onChoose={setChosen} />
          )}
        </section>
        <EvidencePanel event={shown} members={members} />
      </div>
      <Reachability />
    </>
  );
}
