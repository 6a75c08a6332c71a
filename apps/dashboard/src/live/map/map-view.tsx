import { useMemo, useState } from "preact/hooks";
import type { Member, ViewSnapshot } from "../../../../../src/agent/admin.messages.ts";
import { clipped, counted } from "../../shared/format.ts";
import type { Cluster } from "../cluster.ts";
import { Evidence } from "../evidence.tsx";
import { StatusWord, troubleOf } from "../status-mark.tsx";
import { usePolled } from "../use-agent.ts";
import { graphOf, type LinksShown, ownNeighbourhood } from "./cluster-graph.ts";
import { ClusterMap } from "./cluster-map.tsx";
import { LinksChoice } from "./links-choice.tsx";
import { MapLegend } from "./map-legend.tsx";
import { MemberList } from "./member-list.tsx";
import { worstOf } from "./member-order.ts";
import { pathOf, TreeChoice, type TreeName } from "./tree-choice.tsx";
import { useNeighbourhoods } from "./use-neighbourhoods.ts";

const noMembers: readonly Member[] = [];

export function MapView({ cluster }: { readonly cluster: Cluster }) {
  const { error, value } = cluster.members;
  const local = value?.local ?? "";
  const members = value?.members ?? noMembers;
  const view = usePolled<ViewSnapshot>("v1/view", 2_000).value;
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [tree, setTree] = useState<TreeName | undefined>(undefined);
  const [links, setLinks] = useState<LinksShown>("used");
  const living = useMemo(() => livingOf(members), [members]);
  const told = useNeighbourhoods(pathOf(tree), living);
  const graph = useMemo(() => {
    const known = told.size > 0 ? told.values() : ownNeighbourhood(local, view);
    return graphOf(members, local, known, links);
  }, [members, local, view, told, links]);
  if (value === undefined) return <p class="empty">{error?.message ?? "Asking the agent …"}</p>;
  const shown = members.find(({ name }) => name === chosen) ?? worstOf(members, local);
  const isPartial = told.size > 0 && told.size < living.size;
  return (
    <>
      <div class="page-head">
        <h1>{counted(members.length, "member")}</h1>
        <p>
          as <b>{local}</b> knows them, and the links by which they pass on what they hear
          {isPartial ? `: those of ${counted(told.size, "node")} so far` : ""}.
        </p>
      </div>
      <div class="two map-page">
        <div class="map-side">
          <ClusterMap graph={graph} shown={shown?.name} chosen={chosen} onChoose={setChosen} />
          <div class="map-choices">
            <LinksChoice
              shown={links}
              protocol={view?.overlay?.protocol}
              reservesCount={graph.edges.filter(({ kind }) => kind === "reserve").length}
              onChoose={setLinks}
            />
            <TreeChoice chosen={tree} onChoose={setTree} />
          </div>
          <MapLegend />
          {members.length === 1 ? <AloneNote /> : null}
        </div>
        <div class="list-side">
          <MemberList members={members} local={local} chosen={shown?.name} onChoose={setChosen} />
          {shown === undefined ? null : <MemberPanel member={shown} />}
        </div>
      </div>
    </>
  );
}

/** Who failed or left keeps no links, whatever it said before. */
function livingOf(members: readonly Member[]): ReadonlySet<string> {
  const living = members.filter(({ status }) => status === "alive" || status === "suspect");
  return new Set(living.map(({ name }) => name));
}

function AloneNote() {
  return (
    <p class="note">
      This node is alone. Start another one and let it join:{" "}
      <code>hearsay agent --join ADDRESS:PORT</code>
    </p>
  );
}

/** An agent of an older version says less of its members than the type has. */
function tagsOf({ tags }: Partial<Member>): [name: string, text: string][] {
  return Object.entries(tags ?? {});
}

function MemberPanel({ member }: { readonly member: Member }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="panel member-panel" aria-label={`About ${member.name}`} tabIndex={0}>
      <div class="panel-head">
        <h2>{member.name}</h2>
        <StatusWord member={member} />
      </div>
      <p class="muted small">
        incarnation {member.incarnation}
        {tagsOf(member).map(([tag, text]) => (
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
