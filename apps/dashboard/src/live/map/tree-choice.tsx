import type { ReplicasAnswer } from "../../../../../src/agent/admin.messages.ts";
import { usePolled } from "../use-agent.ts";

/** A tree by which messages of one origin travel. */
export interface TreeName {
  readonly topic: string;
  readonly origin: string;
}

const PREFIX = "topic:";

export function pathOf(tree: TreeName | undefined): string {
  return tree === undefined ? "v1/overlays" : `v1/overlays?${new URLSearchParams({ ...tree })}`;
}

interface TreeChoiceProps {
  readonly chosen: TreeName | undefined;
  readonly onChoose: (tree: TreeName | undefined) => void;
}

/** Which tree the map shows; trees stand for topics that go `via: "plumtree"`. */
export function TreeChoice({ chosen, onChoose }: TreeChoiceProps) {
  const replicas = usePolled<ReplicasAnswer>("v1/replicas", 5_000).value?.replicas ?? [];
  const trees = replicas
    .filter(({ replica }) => replica.startsWith(PREFIX))
    .flatMap(({ places, replica }) => {
      const topic = replica.slice(PREFIX.length);
      return places.map(({ name, origin }) => ({ topic, origin, text: `${topic}, from ${name}` }));
    });
  if (trees.length === 0) return null;
  return (
    <label class="small">
      Show the tree of
      <select
        value={chosen === undefined ? "" : `${chosen.topic} ${chosen.origin}`}
        onChange={({ currentTarget: { value } }) => {
          onChoose(trees.find(({ origin, topic }) => `${topic} ${origin}` === value));
        }}
      >
        <option value="">no topic</option>
        {trees.map(({ origin, text, topic }) => (
          <option key={`${topic} ${origin}`} value={`${topic} ${origin}`}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
