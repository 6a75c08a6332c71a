/** Any view will do: heartbeats over partial views find the dead that no view shows. */
import { expect, test } from "vitest";
import { peerId } from "../../core/peer.ts";
import type { DetectorTownOptions } from "../../sim/experiments/detectors/town.contract.ts";
import { DetectorTown } from "../../sim/experiments/detectors/town.ts";
import type { SimNode } from "../../sim/sim-node.ts";
import { hyparviewOptions } from "../hyparview/hyparview.options.ts";
import { HyParView } from "../hyparview/hyparview.ts";
import type { PeerView } from "../peer-view.ts";
import { samplingOptions } from "../sampling/sampling.options.ts";
import { Sampling } from "../sampling/sampling.ts";
import { StaticView } from "../static/static-view.ts";

const NODES = 40;
const NO_BYTES = new Uint8Array(0);
const counters = { add: () => undefined };

/** A circle in which each knows the next two: nobody knows more than four others. */
function circle(host: SimNode): PeerView {
  const view = new StaticView(host.self);
  for (const step of [1, 2, NODES - 1, NODES - 2]) view.add(peerId((host.index + step) % NODES));
  return view;
}

function hyparview(host: SimNode): PeerView {
  const afterStep = (body: () => void): void => host.afterStep(body);
  const seeds = host.index === 0 ? [] : [{ peer: peerId(0), data: NO_BYTES }];
  const view = host.mountLinked(
    "hyparview",
    (env) => new HyParView(env, { counters, afterStep, seeds }, hyparviewOptions()),
  );
  view.start();
  return view;
}

function sampling(host: SimNode): PeerView {
  const afterStep = (body: () => void): void => host.afterStep(body);
  const wiring = { data: NO_BYTES, afterStep, counters };
  const options = samplingOptions({ viewMaxCount: 8, exchangeMaxCount: 4, swapCount: 3 });
  const view = host.mountDirect("sampling", (env) => new Sampling(env, wiring, options));
  view.start();
  if (host.index > 0) view.join([peerId(0)]);
  return view;
}

const views: readonly [string, (host: SimNode) => PeerView][] = [
  ["a static view of four neighbours", circle],
  ["HyParView's five neighbours", hyparview],
  ["peer sampling's view of eight", sampling],
];

const detectors: readonly Pick<DetectorTownOptions, "detector" | "phi" | "heartbeat">[] = [
  { detector: "heartbeat", heartbeat: { failAfterMs: 60_000 } },
  { detector: "phi", phi: { model: "exponential" } },
];

test.each(
  views.flatMap(([name, viewOf]) =>
    detectors.map((choice) => [name, choice.detector, viewOf, choice] as const),
  ),
)("over %s, %s tells of all, and of one that died", (_, _detector, viewOf, choice) => {
  const town = new DetectorTown({ seed: 4, nodesCount: NODES, viewOf, ...choice });
  const statuses = (): string[] => {
    const found = new Set<string>();
    for (let observer = 0; observer < NODES; observer += 1) {
      if (!town.node(observer).isAlive) continue;
      for (let subject = 0; subject < NODES; subject += 1) {
        const { status } = town.verdict(observer, subject);
        if (observer !== subject) found.add(`${subject === 7 ? "7" : "others"} ${status}`);
      }
    }
    return [...found].sort();
  };
  town.runForMs(120_000);
  expect(statuses()).toEqual(["7 alive", "others alive"]);
  town.crash(7);
  town.runForMs(180_000);
  expect(statuses()).toEqual(["7 dead", "others alive"]);
});
