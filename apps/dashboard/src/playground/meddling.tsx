import type { Deed } from "../../../../src/sim/playground/play-town.ts";

interface ToolButtonsProps<Tool extends string> {
  readonly words: Readonly<Record<Tool, string>>;
  readonly tools: readonly Tool[];
  readonly chosen: Tool;
  readonly onTool: (tool: Tool) => void;
}

/** What a click or a drag in a town does. */
export function ToolButtons<Tool extends string>(props: ToolButtonsProps<Tool>) {
  const { chosen, onTool, tools, words } = props;
  return tools.map((tool) => (
    <button key={tool} type="button" aria-pressed={chosen === tool} onClick={() => onTool(tool)}>
      {words[tool]}
    </button>
  ));
}

/** What can be done to any town, whatever runs there. */
export function DeedButtons({ onDeed }: { readonly onDeed: (deed: Deed) => void }) {
  return (
    <>
      <button type="button" onClick={() => onDeed({ do: "killSome", ratio: 0.1 })}>
        Kill one in ten
      </button>
      <button type="button" onClick={() => onDeed({ do: "part", from: [0, -1], to: [0, 1] })}>
        Split in halves
      </button>
      <button type="button" onClick={() => onDeed({ do: "heal" })}>
        Heal the network
      </button>
    </>
  );
}

/** The dead, in the legend of a town. */
export function DeadSign() {
  return (
    <li>
      <b class="cross" aria-hidden="true">
        ✕
      </b>{" "}
      dead
    </li>
  );
}
