import { describe } from "vitest";
import { detectors } from "../../src/sim/experiments/detectors/detectors.ts";
import { heartbeatDetection } from "../../src/sim/experiments/detectors/heartbeat-detection.ts";
import { heartbeatLevels } from "../../src/sim/experiments/detectors/heartbeat-levels.ts";
import { phiCalibration } from "../../src/sim/experiments/detectors/phi-calibration.ts";
import { holds } from "./experiments.ts";

describe("failure detectors", () => {
  holds(heartbeatDetection);
  holds(heartbeatLevels, { runsCount: 1 });
  holds(phiCalibration);
  holds(detectors, { runsCount: 1, parameters: { nodesCount: 16, crashesCount: 3 } });
});
