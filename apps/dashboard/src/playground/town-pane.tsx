import type { DiscPoint } from "../../../../src/sim/playground/disc.ts";
import {
  type SpreadProtocolName,
  spreadProtocols,
} from "../../../../src/sim/playground/spread-protocols.ts";
import type { Deed } from "../../../../src/sim/playground/spread-town.ts";
import { figures, whole } from "../shared/format.ts";
import { type Tool, TownCanvas } from "./town-canvas.tsx";
import type { TownDoor } from "./use-town.ts";

interface TownPaneProps {
  readonly side: "A" | "B";
  readonly door: TownDoor;
  readonly protocol: SpreadProtocolName;
  readonly points: Float64Array;
  readonly tool: Tool;
  readonly line: readonly [DiscPoint, DiscPoint] | undefined;
  readonly onProtocol: (protocol: SpreadProtocolName) => void;
  readonly onDeed: (deed: Deed) => void;
}

export function TownPane({ door, onDeed, onProtocol, protocol, side, ...shown }: TownPaneProps) {
  const { failure, isBusy, state } = door;
  const text = countText(door);
  return (
    <section class="panel stack town-pane" aria-label={`Town ${side}`}>
      <label class="field">
        <span>Protocol of town {side}</span>
        <select
          name={`protocol-${side}`}
          value={protocol}
          onChange={(event) => onProtocol(event.currentTarget.value as SpreadProtocolName)}
        >
          {(Object.keys(spreadProtocols) as SpreadProtocolName[]).map((name) => (
            <option key={name} value={name}>
              {spreadProtocols[name]}
            </option>
          ))}
        </select>
      </label>
      <TownCanvas {...shown} state={state} onDeed={onDeed} label={`Town ${side}. ${text}`} />
      <p
        class="small"
        data-town={side}
        data-heard={state?.count.heardCount}
        data-messages={state?.count.messagesCount}
        data-now={state?.count.nowMs}
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

function countText({ state }: TownDoor): string {
  if (state === undefined) return "Building the town …";
  const { heardCount, livingCount, messagesCount, nodesCount } = state.count;
  const share = livingCount === 0 ? 0 : (heardCount / livingCount) * 100;
  const dead = nodesCount - livingCount;
  const each = livingCount === 0 ? 0 : messagesCount / livingCount;
  return (
    `${whole(heardCount)} of ${whole(livingCount)} living nodes have heard ` +
    `(${figures(share)} %), by ${whole(messagesCount)} messages, ${figures(each)} a node` +
    `${dead === 0 ? "" : `; ${whole(dead)} are dead`}.`
  );
}
