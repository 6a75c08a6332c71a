import type { Deed } from "../../../../../src/sim/playground/play-town.ts";
import type { Tick } from "../play.ts";

export type SpreadTool = "infect" | "kill" | "part";

interface SpreadMeddlingProps {
  readonly tool: SpreadTool;
  readonly nodesCount: number;
  readonly tick: Tick;
  readonly onTool: (tool: SpreadTool) => void;
  readonly onDeed: (deed: Deed) => void;
}

const tools: Readonly<Record<SpreadTool, string>> = {
  infect: "Click tells the news",
  kill: "Click kills",
  part: "Drag draws a partition",
};

/** What can be done to both towns; everything by pointer can be done by a button, too. */
export function SpreadMeddling({ nodesCount, onDeed, onTool, tick, tool }: SpreadMeddlingProps) {
  return (
    <section class="panel row meddling" aria-label="Meddling with both towns">
      {(Object.keys(tools) as SpreadTool[]).map((name) => (
        <button key={name} type="button" aria-pressed={tool === name} onClick={() => onTool(name)}>
          {tools[name]}
        </button>
      ))}
      <span class="divider" aria-hidden="true" />
      <button
        type="button"
        onClick={() => onDeed({ do: "infect", node: Math.floor(Math.random() * nodesCount) })}
      >
        Tell any node
      </button>
      <button type="button" onClick={() => onDeed({ do: "killSome", ratio: 0.1 })}>
        Kill one in ten
      </button>
      <button type="button" onClick={() => onDeed({ do: "part", from: [0, -1], to: [0, 1] })}>
        Split in halves
      </button>
      <button type="button" onClick={() => onDeed({ do: "heal" })}>
        Heal the network
      </button>
      <ul class="legend" aria-label="What the colours mean">
        <li>
          <i class="dot dot-line" aria-hidden="true" /> has not heard
        </li>
        <li>
          <i class="dot dot-suspect" aria-hidden="true" /> heard in the last {tick.word}
        </li>
        <li>
          <i class="dot dot-accent" aria-hidden="true" /> has heard
        </li>
        <li>
          <b class="cross" aria-hidden="true">
            ✕
          </b>{" "}
          dead
        </li>
      </ul>
    </section>
  );
}
