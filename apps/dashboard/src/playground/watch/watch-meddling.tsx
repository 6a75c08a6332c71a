import type { Deed } from "../../../../../src/sim/playground/play-town.ts";
import { DeadSign, DeedButtons, ToolButtons } from "../meddling.tsx";

const tools = ["kill", "watch", "part"] as const;
export type WatchTool = (typeof tools)[number];

interface WatchMeddlingProps {
  readonly tool: WatchTool;
  readonly nodesCount: number;
  readonly watched: number | undefined;
  readonly onTool: (tool: WatchTool) => void;
  readonly onWatch: (node: number | undefined) => void;
  readonly onDeed: (deed: Deed) => void;
}

const words: Readonly<Record<WatchTool, string>> = {
  kill: "Click kills",
  watch: "Click watches",
  part: "Drag draws a partition",
};

/** What can be done to both towns; everything by pointer can be done without one, too. */
export function WatchMeddling(props: WatchMeddlingProps) {
  const { nodesCount, onDeed, onTool, onWatch, tool, watched } = props;
  return (
    <section class="panel row meddling" aria-label="Meddling with both towns">
      <ToolButtons words={words} tools={tools} chosen={tool} onTool={onTool} />
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
      <DeedButtons onDeed={onDeed} />
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
        {watched === undefined ? "nobody doubts it" : `it does not doubt ${whom}`}
      </li>
      <li>
        <i class="dot dot-suspect" aria-hidden="true" /> {who} suspects {whom}
      </li>
      <li>
        <i class="dot dot-accent" aria-hidden="true" /> {who} holds {whom} for dead
      </li>
      <DeadSign />
    </ul>
  );
}
