import { bounded, bounds, type NumberName, type Play } from "./address-text.ts";

interface SettingFormProps {
  readonly play: Play;
  readonly onChange: (play: Play) => void;
}

const words: Readonly<Record<NumberName, string>> = {
  nodesCount: "Nodes",
  lossRatio: "Share of messages lost",
  latencyMinMs: "Least latency, ms",
  latencyMaxMs: "Most latency, ms",
  fanoutCount: "Peers called in a round",
  interestCount: "Interest (k)",
  neighboursCount: "Neighbours in the overlay",
  roundIntervalMs: "A round, ms",
};

const SEED_MAX = 2 ** 32;

export function SettingForm({ onChange, play }: SettingFormProps) {
  return (
    <fieldset class="panel settings">
      <legend class="hidden-text">Parameters of both towns</legend>
      <label class="field">
        <span>Seed</span>
        <input
          type="number"
          min={0}
          max={SEED_MAX - 1}
          value={play.seed}
          onChange={(event) => {
            const seed = Math.floor(Number(event.currentTarget.value));
            if (seed >= 0 && seed < SEED_MAX) onChange({ ...play, seed });
          }}
        />
      </label>
      {(Object.keys(words) as NumberName[]).map((name) => (
        <label key={name} class="field">
          <span>{words[name]}</span>
          <input
            type="number"
            name={name}
            min={bounds[name][0]}
            max={bounds[name][1]}
            step={name === "lossRatio" ? 0.01 : 1}
            value={play.numbers[name]}
            onChange={(event) => {
              const value = bounded(name, Number(event.currentTarget.value));
              onChange({ ...play, numbers: { ...play.numbers, [name]: value } });
            }}
          />
        </label>
      ))}
    </fieldset>
  );
}
