/** Scuttlebutt 2008: how a write travels at light load, and what overload does to whom. */
import { scuttlebuttLight } from "../../src/sim/experiments/replicas/scuttlebutt-light.ts";
import { scuttlebuttPolicies } from "../../src/sim/experiments/replicas/scuttlebutt-policies.ts";
import { holds } from "./experiments.ts";

holds(scuttlebuttLight);
// One run of it takes half a minute.
holds(scuttlebuttPolicies, { runsCount: 1 });
