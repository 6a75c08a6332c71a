/** The other host: protocols in virtual time, with faults. `hearsay/sim`. */

export { type SimOptions, simDefaults } from "./sim.options.ts";
export type { SimNode, SimPlace } from "./sim-node.ts";
export { formatTrace, type SimTraceEvent, type SimTraceListener } from "./sim-trace.ts";
export { type SimCounts, Simulator, type SimulatorOptions } from "./simulator.ts";
