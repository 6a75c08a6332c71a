import { useMemo } from "preact/hooks";
import type { PublishAnswer } from "../../../../../src/agent/admin.messages.ts";
import type { TraceAnswer } from "../../../../../src/agent/routes/traces.messages.ts";
import { counted, duration } from "../../shared/format.ts";
import type { Cluster } from "../cluster.ts";
import { graphOf } from "../map/cluster-graph.ts";
import { ClusterMap } from "../map/cluster-map.tsx";
import { usePolled } from "../use-agent.ts";
import { type JourneyPicture, journeyOf, type Stop } from "./journey.ts";

interface JourneyViewProps {
  readonly followed: PublishAnswer | undefined;
  readonly cluster: Cluster;
}

/** The way of one message, asked of all nodes again and again while it is looked at. */
export function JourneyView({ cluster, followed }: JourneyViewProps) {
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
  return <Picture journey={journey} cluster={cluster} followed={followed} />;
}

function pathOf({ dot, topic }: PublishAnswer): string {
  return `v1/traces/${encodeURIComponent(topic)}/${encodeURIComponent(dot.origin)}/${dot.seq}`;
}

interface PictureProps {
  readonly journey: JourneyPicture;
  readonly cluster: Cluster;
  readonly followed: PublishAnswer;
}

function Picture({ cluster, followed, journey }: PictureProps) {
  const { copiesCount, silent, stops, without } = journey;
  const members = cluster.members.value;
  const graph = useMemo(() => {
    const told = stops.map(({ from, name }) => ({
      name,
      active: [],
      eager: from === undefined ? [] : [from],
    }));
    return graphOf(members?.members ?? [], members?.local ?? "", told);
  }, [members, stops]);
  const reached = useMemo(
    () => new Map(stops.map(({ afterMs, name }) => [name, Math.round(afterMs)])),
    [stops],
  );
  const lastMs = Math.max(0, ...stops.map(({ afterMs }) => afterMs));
  return (
    <section class="panel stack" aria-label="The way of the message">
      <div class="panel-head">
        <h2>
          Message {followed.dot.seq} of {followed.dot.origin.replace(/#.*$/, "")}
        </h2>
        <span class="muted small" role="status" data-reached={stops.length}>
          reached {counted(stops.length, "node")}, the last after {duration(lastMs)};{" "}
          {counted(copiesCount, "copy", "copies")}
        </span>
      </div>
      <ClusterMap graph={graph} chosen={undefined} onChoose={() => {}} reached={reached} />
      <Stops stops={stops} />
      {without.length === 0 ? null : (
        <p class="muted small">Not heard of it: {without.slice(0, 20).join(", ")}</p>
      )}
      {silent.length === 0 ? null : (
        <p class="muted small">Did not answer: {silent.slice(0, 20).join(", ")}</p>
      )}
      <p class="muted small">
        Times are by the clock of each node: where clocks differ, so do they.
      </p>
    </section>
  );
}

function Stops({ stops }: { readonly stops: readonly Stop[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col" class="number">
              Hops
            </th>
            <th scope="col">Heard from</th>
            <th scope="col" class="number">
              After
            </th>
            <th scope="col">Again from</th>
          </tr>
        </thead>
        <tbody>
          {stops.map(({ afterMs, copies, from, hops, name }) => (
            <tr key={name} data-stop={name}>
              <td>{name}</td>
              <td class="number">{hops ?? "?"}</td>
              <td>{from ?? (hops === 0 ? "published it" : "not known")}</td>
              <td class="number">{duration(Math.max(0, afterMs))}</td>
              <td class="muted small">
                {copies.map((copy) => copy.from ?? "?").join(", ") || "—"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
