/** The other host: protocols in virtual time, with faults. `hearsay/sim`. */

export type { LatencyModel } from "./latency.ts";
export type { SimNetwork } from "./network.ts";
export { type SimOptions, simDefaults } from "./sim.options.ts";
export { SimCounts } from "./sim-counts.ts";
export { SimDisk } from "./sim-disk.ts";
export type { SimNode } from "./sim-node.ts";
export type { SimPlace } from "./sim-place.ts";
export { formatTrace, type SimTraceEvent, type SimTraceListener } from "./sim-trace.ts";
export { type RestartOptions, Simulator, type SimulatorOptions, type SimVia } from "./simulator.ts";
export { TraceHash } from "./trace-hash.ts";
