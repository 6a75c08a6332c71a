import { bounded, bounds, numberNames, type Play, SEED_MAX } from "./play.ts";
import { applies, numberWords, protocolTitles } from "./protocol-words.ts";

interface SettingFormProps {
  readonly play: Play;
  readonly onChange: (play: Play) => void;
}

/** The numbers that the two protocols have; of the others it says that they do not matter. */
export function SettingForm({ onChange, play }: SettingFormProps) {
  const own = { ...play, scenario: undefined };
  const shown = numberNames.filter((name) => applies(name, play.protocols));
  const hidden = numberNames.filter((name) => !shown.includes(name));
  const [a, b] = play.protocols.map((name) => protocolTitles[name]);
  return (
    <section class="panel settings" aria-label="Parameters of both towns">
      <div class="row fields">
        <label class="field" title="The same seed and the same deeds give the same course.">
          <span>Seed</span>
          <input
            type="number"
            name="seed"
            min={0}
            max={SEED_MAX}
            value={play.seed}
            onChange={(event) => {
              const seed = Math.floor(Number(event.currentTarget.value));
              if (seed >= 0 && seed <= SEED_MAX) onChange({ ...own, seed });
            }}
          />
        </label>
        {shown.map((name) => (
          <label key={name} class="field" title={numberWords[name].says}>
            <span>{numberWords[name].label}</span>
            <input
              type="number"
              name={name}
              min={bounds[name][0]}
              max={bounds[name][1]}
              step={numberWords[name].step ?? 1}
              value={play.numbers[name]}
              onChange={(event) => {
                const value = bounded(name, Number(event.currentTarget.value));
                onChange({ ...own, numbers: { ...play.numbers, [name]: value } });
              }}
            />
          </label>
        ))}
      </div>
      {hidden.length === 0 ? null : (
        <p class="small muted">
          Not here: {hidden.map((name) => numberWords[name].label).join(", ")}.{" "}
          {a === b ? `${a} has none.` : `Neither ${a} nor ${b} has any.`}
        </p>
      )}
      <details class="small">
        <summary>What these mean</summary>
        <dl class="meanings">
          {shown.map((name) => (
            <div key={name}>
              <dt>{numberWords[name].label}</dt>
              <dd class="muted">{numberWords[name].says}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}
