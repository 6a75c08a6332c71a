import {
  type WatchDetectorName,
  watchDetectors,
} from "../../../../../src/sim/playground/watch-detectors.ts";
import { verdictCodes, type WatchCount } from "../../../../../src/sim/playground/watch-tally.ts";
import { bytes, whole } from "../../shared/format.ts";
import { TownCanvas, type TownCanvasProps } from "../town-canvas.tsx";
import type { NodeLook, NodesPicture } from "../town-painter.ts";
import { TownPane } from "../town-pane.tsx";
import type { TownNews } from "../town-worker.ts";
import type { WatchState } from "./watch.messages.ts";
import { detectorTitles } from "./watch-words.ts";

interface WatchPaneProps extends Omit<TownCanvasProps, "label" | "picture"> {
  readonly side: "A" | "B";
  readonly news: TownNews<WatchState>;
  readonly protocol: WatchDetectorName;
  /** Whose observers are shown; undefined: what all others hold of each. */
  readonly watched: number | undefined;
  readonly onProtocol: (protocol: WatchDetectorName) => void;
}

const ALIVE = 0;
const SUSPECTED = 1;
const BURIED = 2;
const DEAD = 3;
const WATCHED = 4;
const looks: readonly NodeLook[] = [
  { color: "line", shape: "small" },
  { color: "suspect", shape: "dot" },
  { color: "accent", shape: "dot" },
  { color: "failed", shape: "cross" },
  { color: "second", shape: "dot" },
];
const NO_LINK = -1;

export function WatchPane(props: WatchPaneProps) {
  const { news, onProtocol, protocol, side, watched, ...canvas } = props;
  const { failure, isBusy, state } = news;
  const text = state === undefined ? "The town is not built." : countText(state);
  return (
    <TownPane
      {...{ side, protocol, failure, onProtocol }}
      titles={detectorTitles}
      does={watchDetectors[protocol].replace(/^[^:]*: /, "")}
    >
      <TownCanvas
        {...canvas}
        picture={state && pictureOf(state, watched)}
        label={`Town ${side}, ${detectorTitles[protocol]}. ${text}`}
      />
      <p
        class="small town-count"
        data-town={side}
        data-now={state?.count.nowMs}
        data-known={state?.count.knownCount}
        data-suspicions={state?.count.suspicionsCount}
        data-burials={state?.count.burialsCount}
        data-messages={state?.count.messagesCount}
        data-busy={isBusy}
      >
        {text}
      </p>
    </TownPane>
  );
}

/** Each as it is seen by the others; or each as it sees the one that is watched. */
function pictureOf({ living, verdicts }: WatchState, watched: number | undefined): NodesPicture {
  const nodesCount = living.length;
  const nodes = new Uint8Array(nodesCount);
  const links = new Int32Array(nodesCount).fill(NO_LINK);
  for (let node = 0; node < nodesCount; node += 1) {
    if (living[node] === 0) nodes[node] = DEAD;
    else if (watched === undefined) nodes[node] = worstOf(verdicts, living, node);
    else {
      nodes[node] = node === watched ? WATCHED : seenAs(verdicts[node * nodesCount + watched] ?? 0);
      const isDoubted = nodes[node] === SUSPECTED || nodes[node] === BURIED;
      if (isDoubted) links[node] = watched;
    }
  }
  return { nodes, looks, links };
}

function seenAs(code: number): number {
  if (code === verdictCodes.suspect) return SUSPECTED;
  return code === verdictCodes.alive ? ALIVE : BURIED;
}

/** What the most wary of the others holds of it. */
function worstOf(verdicts: Uint8Array, living: Uint8Array, subject: number): number {
  let worst = ALIVE;
  for (const [observer, isAlive] of living.entries()) {
    if (isAlive === 0 || observer === subject) continue;
    worst = Math.max(worst, seenAs(verdicts[observer * living.length + subject] ?? 0));
  }
  return worst;
}

function countText({ count, living }: WatchState): string {
  return `${deathText(count, living.length)}; ${mistakeText(count)}; ${costText(count, living)}`;
}

function deathText(count: WatchCount, nodesCount: number): string {
  const { knownCount, livingCount, tellableCount } = count;
  const dead = nodesCount - livingCount;
  if (dead === 0) return "nobody has died";
  const each = `${whole(knownCount / dead)} of ${whole(tellableCount / dead)}`;
  return `${whole(dead)} dead, which ${each} know${dead === 1 ? "" : " in the mean"}`;
}

function mistakeText({ buriedCount, burialsCount, suspectedCount, suspicionsCount }: WatchCount) {
  if (suspicionsCount + burialsCount === 0) return "no living one was suspected";
  return (
    `of the living, suspected ${whole(suspicionsCount)} times (now ${whole(suspectedCount)}), ` +
    `held for dead ${whole(burialsCount)} times (now ${whole(buriedCount)})`
  );
}

function costText({ bytesCount, nowMs }: WatchState["count"], living: Uint8Array): string {
  if (nowMs === 0) return "";
  return `${bytes((bytesCount * 1_000) / nowMs / living.length)} a node and second`;
}
