import { describe } from "vitest";
import { infoNetwork } from "../../src/sim/experiments/replicas/info-network.ts";
import { holds } from "./experiments.ts";

describe("the info network's checklist: 100 nodes that know one address", () => {
  holds(infoNetwork);
});
