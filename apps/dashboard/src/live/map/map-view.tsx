import { useMemo, useState } from "preact/hooks";
import type {
  Member,
  MemberStatus,
  ViewSnapshot,
} from "../../../../../src/agent/admin.messages.ts";
import type { OverlaysAnswer } from "../../../../../src/agent/routes/traces.messages.ts";
import { clipped, counted } from "../../shared/format.ts";
import type { Cluster } from "../cluster.ts";
import { Evidence } from "../evidence.tsx";
import {
  DegradedMark,
  degradedWords,
  StatusMark,
  StatusWord,
  statusWords,
  troubleOf,
} from "../status-mark.tsx";
import { usePolled } from "../use-agent.ts";
import { graphOf, ownNeighbourhood } from "./cluster-graph.ts";
import { ClusterMap } from "./cluster-map.tsx";
import { MemberList } from "./member-list.tsx";
import { pathOf, TreeChoice, type TreeName } from "./tree-choice.tsx";

const noMembers: readonly Member[] = [];

export function MapView({ cluster }: { readonly cluster: Cluster }) {
  const { error, value } = cluster.members;
  const local = value?.local ?? "";
  const members = value?.members ?? noMembers;
  const view = usePolled<ViewSnapshot>("v1/view", 2_000).value;
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [tree, setTree] = useState<TreeName | undefined>(undefined);
  const overlays = usePolled<OverlaysAnswer>(pathOf(tree), 3_000).value;
  const graph = useMemo(() => {
    const told = overlays?.nodes.some(({ active }) => active.length > 0) === true;
    const known = told ? overlays.nodes : ownNeighbourhood(local, view);
    return graphOf(members, local, known);
  }, [members, local, view, overlays]);
  if (value === undefined) return <p class="empty">{error?.message ?? "Asking the agent …"}</p>;
  const shown = members.find(({ name }) => name === chosen);
  return (
    <>
      <div class="page-head">
        <h1>{counted(members.length, "member")}</h1>
        <p>
          Every node keeps its own list of who is there: this is that of <b>{local}</b>. Lines are
          the links that nodes keep to a few others, to pass on what they hear.
        </p>
      </div>
      <div class="two">
        <div class="stack">
          <ClusterMap graph={graph} chosen={chosen} onChoose={setChosen} />
          <Legend />
          <TreeChoice chosen={tree} onChoose={setTree} />
          {members.length === 1 ? <AloneNote /> : null}
        </div>
        <div class="stack">
          <MemberList members={members} local={local} chosen={chosen} onChoose={setChosen} />
          {shown === undefined ? (
            <p class="empty small">Choose a member to see why it has its status.</p>
          ) : (
            <MemberPanel member={shown} />
          )}
        </div>
      </div>
    </>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="What the marks mean">
      <li>
        <span class="line line-view" aria-hidden="true" /> link, with the round trip from this agent
      </li>
      <li>
        <span class="line line-eager" aria-hidden="true" /> eager: messages are sent along it
      </li>
      <li>
        <span class="line line-lazy" aria-hidden="true" /> lazy: only announced along it
      </li>
      {(Object.keys(statusWords) as MemberStatus[]).map((status) => (
        <li key={status}>
          <StatusMark status={status} /> {status}: {statusWords[status]}
        </li>
      ))}
      <li>
        <DegradedMark /> {degradedWords}
      </li>
    </ul>
  );
}

function AloneNote() {
  return (
    <p class="note">
      This node is alone. Start another one and let it join:{" "}
      <code>hearsay agent --join ADDRESS:PORT</code>
    </p>
  );
}

function MemberPanel({ member }: { readonly member: Member }) {
  const tags = Object.entries(member.tags);
  return (
    <section class="panel" aria-label={`About ${member.name}`}>
      <div class="panel-head">
        <h2>{member.name}</h2>
        <StatusWord member={member} />
      </div>
      <p class="muted small">
        incarnation {member.incarnation}
        {tags.map(([tag, text]) => (
          <span key={tag}>
            {" "}
            ·{" "}
            <bdi>
              {tag}={clipped(text)}
            </bdi>
          </span>
        ))}
      </p>
      {member.degraded === undefined ? null : <p class="note">{troubleOf(member.degraded)}</p>}
      <h3>Why it is {member.status}</h3>
      <Evidence name={member.name} />
    </section>
  );
}
