/**
 * HyParView and Plumtree at scale, in a process of its own, so that its memory is its own: started
 * by bench/overlay-scale.bench.ts with the number of nodes, prints an `OverlayReport`.
 */
import { overlayScale } from "../../src/sim/experiments/overlay/overlay-scale.ts";

export interface OverlayReport {
  /** CPU time of each part, in the order of the course. */
  readonly parts: readonly (readonly [string, number])[];
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly memoryBytes: number;
  readonly values: Readonly<Record<string, number>>;
}

function runCourse(nodesCount: number): OverlayReport {
  const parts: [string, number][] = [];
  const wallFrom = performance.now();
  const cpuFrom = cpuSeconds();
  let [part, partFrom] = ["", cpuFrom];
  const onPass = (name: string): void => {
    const now = cpuSeconds();
    if (part !== "") parts.push([part, now - partFrom]);
    part = name;
    partFrom = now;
  };
  const parameters = { ...overlayScale.parameters, nodesCount };
  const { values } = overlayScale.run({ seed: 1, parameters, onPass });
  return {
    parts,
    cpuSeconds: cpuSeconds() - cpuFrom,
    wallSeconds: (performance.now() - wallFrom) / 1_000,
    memoryBytes: process.resourceUsage().maxRSS * 1_024,
    values,
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

console.log(JSON.stringify(runCourse(Number(process.argv[2]))));
