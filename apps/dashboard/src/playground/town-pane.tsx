import type { DiscPoint } from "../../../../src/sim/playground/disc.ts";
import type { Deed } from "../../../../src/sim/playground/play-town.ts";
import {
  type SpreadProtocolName,
  spreadProtocols,
} from "../../../../src/sim/playground/spread-protocols.ts";
import { figures, whole } from "../shared/format.ts";
import type { Tick } from "./play.ts";
import { percent, protocolTitles } from "./protocol-words.ts";
import { type Tool, TownCanvas } from "./town-canvas.tsx";
import type { TownState } from "./town-worker.ts";
import type { TownDoor } from "./use-town.ts";

interface TownPaneProps {
  readonly side: "A" | "B";
  readonly door: TownDoor;
  readonly protocol: SpreadProtocolName;
  readonly points: Float64Array;
  readonly tool: Tool;
  readonly tick: Tick;
  readonly line: readonly [DiscPoint, DiscPoint] | undefined;
  readonly onProtocol: (protocol: SpreadProtocolName) => void;
  readonly onDeed: (deed: Deed) => void;
}

export function TownPane(props: TownPaneProps) {
  const { door, line, onDeed, onProtocol, points, protocol, side, tick, tool } = props;
  const { failure, isBusy, state } = door;
  const text = state === undefined ? "The town is not built." : countText(state);
  const does = spreadProtocols[protocol].replace(/^[^:]*: /, "");
  return (
    <section class={`panel town-pane side-${side}`} aria-label={`Town ${side}`}>
      <label class="town-head">
        <b class="side">{side}</b>
        <span class="hidden-text">Protocol of town {side}</span>
        <select
          name={`protocol-${side}`}
          value={protocol}
          onChange={(event) => onProtocol(event.currentTarget.value as SpreadProtocolName)}
        >
          {(Object.keys(protocolTitles) as SpreadProtocolName[]).map((name) => (
            <option key={name} value={name}>
              {protocolTitles[name]}
            </option>
          ))}
        </select>
      </label>
      <p class="small muted does">{does}</p>
      <TownCanvas
        {...{ points, tool, line, state, onDeed }}
        label={`Town ${side}, ${protocolTitles[protocol]}. ${text}`}
      />
      <p
        class="small town-count"
        data-town={side}
        data-heard={state?.count.heardCount}
        data-messages={state?.count.messagesCount}
        data-now={state?.count.nowMs}
        data-tick={tick.ms}
        data-busy={isBusy}
      >
        {text}
      </p>
      {failure === undefined ? null : (
        <p class="note bad" role="alert">
          {failure}
        </p>
      )}
    </section>
  );
}

function countText({ count }: TownState): string {
  const { heardCount, livingCount, messagesCount, nodesCount } = count;
  const share = livingCount === 0 ? 0 : heardCount / livingCount;
  const dead = nodesCount - livingCount;
  return (
    `${whole(heardCount)} of ${whole(livingCount)} have heard (${percent(share)}), by ` +
    `${figures(messagesCount / nodesCount)} messages a node` +
    `${dead === 0 ? "" : `; ${whole(dead)} are dead`}`
  );
}
