import type { Deed } from "../../../../../src/sim/playground/play-town.ts";

export type WatchTool = "kill" | "watch" | "part";

interface WatchMeddlingProps {
  readonly tool: WatchTool;
  readonly nodesCount: number;
  readonly watched: number | undefined;
  readonly onTool: (tool: WatchTool) => void;
  readonly onWatch: (node: number | undefined) => void;
  readonly onDeed: (deed: Deed) => void;
}

const tools: Readonly<Record<WatchTool, string>> = {
  kill: "Click kills",
  watch: "Click watches",
  part: "Drag draws a partition",
};

/** What can be done to both towns; everything by pointer can be done without one, too. */
export function WatchMeddling(props: WatchMeddlingProps) {
  const { nodesCount, onDeed, onTool, onWatch, tool, watched } = props;
  return (
    <section class="panel row meddling" aria-label="Meddling with both towns">
      {(Object.keys(tools) as WatchTool[]).map((name) => (
        <button key={name} type="button" aria-pressed={tool === name} onClick={() => onTool(name)}>
          {tools[name]}
        </button>
      ))}
      <span class="divider" aria-hidden="true" />
      <label class="field watched" title="Whose observers are shown in the towns.">
        <span>Node</span>
        <input
          type="number"
          name="watched"
          min={0}
          max={nodesCount - 1}
          value={watched ?? ""}
          placeholder="none"
          onInput={({ currentTarget: { value } }) => {
            const node = value === "" ? Number.NaN : Number(value);
            const isNode = Number.isInteger(node) && node >= 0 && node < nodesCount;
            onWatch(isNode ? node : undefined);
          }}
        />
      </label>
      <button
        type="button"
        disabled={watched === undefined}
        onClick={() => onDeed({ do: "kill", node: watched ?? 0 })}
      >
        Kill it
      </button>
      <button type="button" onClick={() => onWatch(undefined)}>
        Watch all
      </button>
      <span class="divider" aria-hidden="true" />
      <button type="button" onClick={() => onDeed({ do: "killSome", ratio: 0.1 })}>
        Kill one in ten
      </button>
      <button type="button" onClick={() => onDeed({ do: "part", from: [0, -1], to: [0, 1] })}>
        Split in halves
      </button>
      <button type="button" onClick={() => onDeed({ do: "heal" })}>
        Heal the network
      </button>
      <Legend watched={watched} />
    </section>
  );
}

function Legend({ watched }: Pick<WatchMeddlingProps, "watched">) {
  const whom = watched === undefined ? "it" : `node ${watched}`;
  const who = watched === undefined ? "somebody" : "it";
  return (
    <ul class="legend" aria-label="What the colours mean">
      {watched === undefined ? null : (
        <li>
          <i class="dot dot-second" aria-hidden="true" /> node {watched}
        </li>
      )}
      <li>
        <i class="dot dot-line" aria-hidden="true" />{" "}
        {watched === undefined ? "nobody" : "it does not"}{" "}
        {watched === undefined ? "doubts it" : `doubt ${whom}`}
      </li>
      <li>
        <i class="dot dot-suspect" aria-hidden="true" /> {who} suspects {whom}
      </li>
      <li>
        <i class="dot dot-accent" aria-hidden="true" /> {who} holds {whom} for dead
      </li>
      <li>
        <b class="cross" aria-hidden="true">
          ✕
        </b>{" "}
        dead
      </li>
    </ul>
  );
}
