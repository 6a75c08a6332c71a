import type { ScenarioOf } from "./play.ts";

interface ScenarioChoiceProps<Play> {
  readonly scenarios: readonly ScenarioOf<Play>[];
  /** The name of the present one, if it is one. */
  readonly name: string | undefined;
  /** What is asked in every one of them. */
  readonly question: string;
  readonly onScenario: (scenario: ScenarioOf<Play>) => void;
}

const OWN = "own";

/** What there is to see, in a sentence. */
export function ScenarioChoice<Play>(props: ScenarioChoiceProps<Play>) {
  const { name: chosenName, onScenario, question, scenarios } = props;
  const chosen = scenarios.find(({ name }) => name === chosenName);
  return (
    <div class="scenario">
      <label>
        <span class="small muted">Scenario</span>
        <select
          name="scenario"
          value={chosen?.name ?? OWN}
          onChange={(event) => {
            const next = scenarios.find(({ name }) => name === event.currentTarget.value);
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
        {question} {chosen?.says ?? ""}{" "}
        <span class="muted">Two protocols on the same seed, and the same is done to both.</span>
      </p>
    </div>
  );
}
