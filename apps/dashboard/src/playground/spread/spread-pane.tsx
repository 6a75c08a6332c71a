import { DEAD, FRESH, HEARD } from "../../../../../src/sim/playground/spread-course.ts";
import {
  type SpreadProtocolName,
  spreadProtocols,
} from "../../../../../src/sim/playground/spread-protocols.ts";
import { figures, whole } from "../../shared/format.ts";
import type { Tick } from "../play.ts";
import { TownCanvas, type TownCanvasProps } from "../town-canvas.tsx";
import type { NodeLook } from "../town-painter.ts";
import { TownPane } from "../town-pane.tsx";
import type { TownNews } from "../town-worker.ts";
import type { SpreadState } from "./spread.messages.ts";
import { percent, protocolTitles } from "./spread-words.ts";

interface SpreadPaneProps extends Omit<TownCanvasProps, "label" | "picture"> {
  readonly side: "A" | "B";
  readonly news: TownNews<SpreadState>;
  readonly protocol: SpreadProtocolName;
  readonly tick: Tick;
  readonly onProtocol: (protocol: SpreadProtocolName) => void;
}

/** Of the bits of a node. */
const looks = Array.from({ length: 8 }, (_, state): NodeLook => {
  if ((state & DEAD) !== 0) return { color: "failed", shape: "cross", few: "dead" };
  if ((state & HEARD) === 0) return { color: "line", shape: "small" };
  return { color: (state & FRESH) === 0 ? "accent" : "suspect", shape: "dot", few: "heard" };
});

export function SpreadPane(props: SpreadPaneProps) {
  const { news, onProtocol, protocol, side, tick, ...canvas } = props;
  const { failure, isBusy, state } = news;
  const text = state === undefined ? "The town is not built." : countText(state);
  const picture = state && { nodes: state.nodes, looks, links: state.toldBy };
  return (
    <TownPane
      {...{ side, protocol, failure, onProtocol }}
      titles={protocolTitles}
      does={spreadProtocols[protocol].replace(/^[^:]*: /, "")}
    >
      <TownCanvas
        {...canvas}
        picture={picture}
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
    </TownPane>
  );
}

function countText({ count }: SpreadState): string {
  const { heardCount, livingCount, messagesCount, nodesCount } = count;
  const share = livingCount === 0 ? 0 : heardCount / livingCount;
  const dead = nodesCount - livingCount;
  return (
    `${whole(heardCount)} of ${whole(livingCount)} have heard (${percent(share)}), by ` +
    `${figures(messagesCount / nodesCount)} messages a node` +
    `${dead === 0 ? "" : `; ${whole(dead)} are dead`}`
  );
}
