import { useState } from "preact/hooks";
import { isAskable } from "./names.ts";

interface NameChoiceProps {
  /** What is chosen: "Log", "Store" … */
  readonly label: string;
  readonly placeholder: string;
  /** What there is; undefined while nobody has said. */
  readonly names: readonly NameOffered[] | undefined;
  readonly chosen: string | undefined;
  readonly onName: (name: string) => void;
}

export interface NameOffered {
  readonly name: string;
  /** Beside the name, in a word or two. */
  readonly note?: string | undefined;
}

/** How many names are listed; of more, the others are typed. */
const NAMES_SHOWN_MAX = 60;

/** What there is, to be clicked; and a field, for asking for a name opens it on the agent. */
export function NameChoice({ chosen, label, names = [], onName, placeholder }: NameChoiceProps) {
  return (
    <div class="row name-choice">
      <ul class="chips" aria-label={`${label}s that there are`}>
        {names.slice(0, NAMES_SHOWN_MAX).map(({ name, note }) => (
          <li key={name}>
            <button
              type="button"
              data-name={name}
              aria-pressed={name === chosen}
              onClick={() => onName(name)}
            >
              <bdi>{name}</bdi>
              {note === undefined ? null : <span class="muted small"> {note}</span>}
            </button>
          </li>
        ))}
      </ul>
      <NameField label={label} placeholder={placeholder} onName={onName} />
    </div>
  );
}

function NameField({
  label,
  onName,
  placeholder,
}: Pick<NameChoiceProps, "label" | "onName" | "placeholder">) {
  const [text, setText] = useState("");
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        const name = text.trim();
        if (name !== "" && isAskable(name)) onName(name);
        setText("");
      }}
    >
      <label>
        <span class="small muted">{label}</span>
        <input
          size={10}
          placeholder={placeholder}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Open</button>
    </form>
  );
}
