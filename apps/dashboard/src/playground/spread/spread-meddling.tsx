import type { Deed } from "../../../../../src/sim/playground/play-town.ts";
import { DeadSign, DeedButtons, ToolButtons } from "../meddling.tsx";
import type { Tick } from "../play.ts";

const tools = ["infect", "kill", "part"] as const;
export type SpreadTool = (typeof tools)[number];

interface SpreadMeddlingProps {
  readonly tool: SpreadTool;
  readonly nodesCount: number;
  readonly tick: Tick;
  readonly onTool: (tool: SpreadTool) => void;
  readonly onDeed: (deed: Deed) => void;
}

const words: Readonly<Record<SpreadTool, string>> = {
  infect: "Click tells the news",
  kill: "Click kills",
  part: "Drag draws a partition",
};

/** What can be done to both towns; everything by pointer can be done by a button, too. */
export function SpreadMeddling({ nodesCount, onDeed, onTool, tick, tool }: SpreadMeddlingProps) {
  return (
    <section class="panel row meddling" aria-label="Meddling with both towns">
      <ToolButtons words={words} tools={tools} chosen={tool} onTool={onTool} />
      <span class="divider" aria-hidden="true" />
      <button
        type="button"
        onClick={() => onDeed({ do: "infect", node: Math.floor(Math.random() * nodesCount) })}
      >
        Tell any node
      </button>
      <DeedButtons onDeed={onDeed} />
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
        <DeadSign />
      </ul>
    </section>
  );
}
