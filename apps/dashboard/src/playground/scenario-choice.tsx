import type { Play } from "./play.ts";
import { findScenario, type Scenario, scenarios } from "./scenarios.ts";

interface ScenarioChoiceProps {
  readonly play: Play;
  readonly onScenario: (scenario: Scenario) => void;
}

const OWN = "own";

/** What there is to see, in a sentence. */
export function ScenarioChoice({ onScenario, play }: ScenarioChoiceProps) {
  const chosen = play.scenario === undefined ? undefined : findScenario(play.scenario);
  return (
    <div class="scenario">
      <label>
        <span class="small muted">Scenario</span>
        <select
          name="scenario"
          value={chosen?.name ?? OWN}
          onChange={(event) => {
            const next = findScenario(event.currentTarget.value);
            if (next !== undefined) onScenario(next);
          }}
        >
          {chosen === undefined ? <option value={OWN}>your own</option> : null}
          {scenarios.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <p>
        One node, in the middle, has news; how soon do all? {chosen?.says ?? ""}{" "}
        <span class="muted">Two protocols on the same seed, and the same is done to both.</span>
      </p>
    </div>
  );
}
