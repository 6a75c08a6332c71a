import { useRef } from "preact/hooks";
import type { VersionHistoryAnswer } from "../../../../../src/agent/routes/versions.messages.ts";
import { pathSegment } from "../../../../../src/core/path-name.ts";
import { counted } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { MergeForm } from "./merge-form.tsx";
import { VersionDrawing } from "./version-drawing.tsx";
import { placedVersions, remembered, type VersionNode } from "./version-graph.ts";

interface VersionTreeProps {
  readonly store: string;
  readonly name: string;
}

/** How a key came to what it is: what the store keeps, and what it kept while somebody looked. */
export function VersionTree({ name, store }: VersionTreeProps) {
  const path = `v1/versions/${pathSegment(store)}/${pathSegment(name)}`;
  const { error, refresh, value } = usePolled<VersionHistoryAnswer>(`${path}/history`, 1_000);
  const nodes = useMemory(value);
  if (value === undefined) return <p class="empty">{error?.message ?? "Asking the agent …"}</p>;
  const heads = value.versions.filter((version) => "value" in version);
  const isForgotten = nodes.some(({ kind }) => kind !== "head");
  return (
    <figure class="stack">
      <p class="small" role="status">
        {heads.length > 1
          ? `${counted(heads.length, "sibling")} of ${name}: written without knowing of each other.`
          : heads.length === 1
            ? `${name} has one version.`
            : `${name} is deleted.`}
      </p>
      <VersionDrawing name={name} placed={placedVersions(nodes)} />
      <figcaption class="legend">
        <span>oldest left; lines lead to what a write’s author had seen, and so replaced</span>
        {isForgotten ? (
          <span>
            dashed: replaced. The store keeps no more of it; the page remembers what it saw since it
            was opened
          </span>
        ) : null}
      </figcaption>
      {heads.length === 0 ? null : (
        <MergeForm path={path} context={value.context} count={heads.length} onWritten={refresh} />
      )}
    </figure>
  );
}

/** All that was said of the key since it is looked at. */
function useMemory(value: VersionHistoryAnswer | undefined): readonly VersionNode[] {
  const last = useRef<{ of: VersionHistoryAnswer | undefined; nodes: readonly VersionNode[] }>({
    of: undefined,
    nodes: [],
  });
  if (value !== undefined && last.current.of !== value) {
    last.current = { of: value, nodes: remembered(last.current.nodes, value) };
  }
  return last.current.nodes;
}
