import {
  type AnyNumbers,
  bounded,
  type NumberRule,
  namesOf,
  type PlayOf,
  type Rules,
  SEED_MAX,
} from "./play.ts";

interface SettingFormProps<Protocol extends string, Numbers extends AnyNumbers> {
  readonly rules: Rules<Protocol, Numbers>;
  readonly play: PlayOf<Protocol, Numbers>;
  /** Whether one of the two has such a number. */
  readonly applies: (name: keyof Numbers & string) => boolean;
  readonly onChange: (play: PlayOf<Protocol, Numbers>) => void;
}

/** The numbers that the two protocols have; of the others it says that they do not matter. */
export function SettingForm<Protocol extends string, Numbers extends AnyNumbers>(
  props: SettingFormProps<Protocol, Numbers>,
) {
  const { applies, onChange, play, rules } = props;
  const own = { ...play, scenario: undefined };
  const names = namesOf(rules.numbers);
  const shown = names.filter(applies);
  const hidden = names.filter((name) => !shown.includes(name));
  const [a, b] = play.protocols.map((name) => rules.protocolTitles[name]);
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
          <label key={name} class="field" title={rules.numbers[name].says}>
            <span>{rules.numbers[name].label}</span>
            <input
              type="number"
              name={name}
              min={rules.numbers[name].least}
              max={rules.numbers[name].most}
              step={rules.numbers[name].step ?? 1}
              value={play.numbers[name]}
              onChange={(event) => {
                const otherwise = rules.first.numbers[name] ?? 0;
                const given = Number(event.currentTarget.value);
                const value = bounded(rules.numbers[name], given, otherwise);
                onChange({ ...own, numbers: { ...play.numbers, [name]: value } });
              }}
            />
          </label>
        ))}
      </div>
      {hidden.length === 0 ? null : (
        <p class="small muted">
          Not here: {hidden.map((name) => rules.numbers[name].label).join(", ")}.{" "}
          {a === b ? `${a} has none.` : `Neither ${a} nor ${b} has any.`}
        </p>
      )}
      <Meanings rules={shown.map((name) => rules.numbers[name])} />
    </section>
  );
}

function Meanings({ rules }: { readonly rules: readonly NumberRule[] }) {
  return (
    <details class="small">
      <summary>What these mean</summary>
      <dl class="meanings">
        {rules.map(({ label, says }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd class="muted">{says}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
