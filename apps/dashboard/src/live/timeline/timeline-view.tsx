import { useState } from "preact/hooks";
import type { MemberEvent, MemberStatus } from "../../../../../src/agent/admin.messages.ts";
import { clockTime } from "../../shared/format.ts";
import { type Cluster, memberEvents } from "../cluster.ts";
import { Evidence } from "../evidence.tsx";
import { DegradedMark, StatusMark, StatusWord } from "../status-mark.tsx";
import { Reachability } from "./reachability.tsx";

const kindWords: Readonly<Record<string, string>> = {
  join: "joined",
  update: "changed its tags or address",
  suspect: "is suspected: it did not answer",
  alive: "is alive again: it objected",
  fail: "is believed dead",
  leave: "left",
  degrade: "says that it is busy: it is given more time",
  recover: "says that it is well again",
  reap: "was forgotten",
};

const kindStatus: Readonly<Record<string, MemberStatus>> = {
  join: "alive",
  update: "alive",
  suspect: "suspect",
  alive: "alive",
  fail: "failed",
  leave: "left",
  reap: "left",
};

export function TimelineView({ cluster }: { readonly cluster: Cluster }) {
  const events = memberEvents.value;
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const members = cluster.members.value?.members ?? [];
  const troubled = members.find(({ status }) => status !== "alive");
  const shown = chosen ?? events[0]?.member.name ?? troubled?.name ?? members[0]?.name;
  return (
    <>
      <div class="page-head">
        <h1>Timeline</h1>
        <p>Who came, was suspected, died or left since this page was opened, newest first.</p>
      </div>
      <div class="two">
        <section class="panel" aria-label="What members did">
          {events.length === 0 ? (
            <p class="empty">
              Nothing has happened since this page was opened: everybody is where they were. Stop a
              node, and watch how the others find out.
            </p>
          ) : (
            <Events events={events} chosen={shown} onChoose={setChosen} />
          )}
        </section>
        <section class="panel" aria-label="Evidence">
          <div class="panel-head">
            <h2>The evidence</h2>
            <label>
              <span class="muted small">about</span>
              <select
                value={shown ?? ""}
                onChange={(event) => setChosen(event.currentTarget.value)}
              >
                {[...members]
                  .sort((a, b) => (a.name < b.name ? -1 : 1))
                  .map(({ name }) => (
                    <option key={name} value={name}>
                      {name}
                    </option>
                  ))}
              </select>
            </label>
          </div>
          <Shown name={shown} cluster={cluster} />
        </section>
      </div>
      <Reachability />
    </>
  );
}

function Shown({
  cluster,
  name,
}: {
  readonly cluster: Cluster;
  readonly name: string | undefined;
}) {
  const member = cluster.members.value?.members.find((one) => one.name === name);
  if (member === undefined) return <p class="empty">Choose a member.</p>;
  return (
    <div class="stack">
      <StatusWord member={member} />
      <Evidence name={member.name} />
    </div>
  );
}

interface EventsProps {
  readonly events: readonly MemberEvent[];
  readonly chosen: string | undefined;
  readonly onChoose: (name: string) => void;
}

function Events({ chosen, events, onChoose }: EventsProps) {
  return (
    <div class="member-list scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Member</th>
            <th scope="col">What happened</th>
          </tr>
        </thead>
        <tbody>
          {events.map(({ at, kind, member: { incarnation, name } }) => (
            <tr
              key={`${at} ${kind} ${name} ${incarnation}`}
              class={name === chosen ? "chosen fresh" : "fresh"}
              data-event={`${kind} ${name}`}
            >
              <td class="mono muted">{clockTime(at)}</td>
              <td>
                <button type="button" onClick={() => onChoose(name)}>
                  {name}
                </button>
              </td>
              <td>
                <span class="status">
                  {kind === "degrade" ? (
                    <DegradedMark />
                  ) : (
                    <StatusMark status={kindStatus[kind] ?? "alive"} />
                  )}{" "}
                  {kindWords[kind] ?? kind}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
