import { useState } from "preact/hooks";

interface NameFormProps {
  readonly label: string;
  readonly placeholder: string;
  readonly onName: (name: string | undefined) => void;
}

/** Names a store, log or ledger; asking for one opens it on the agent, so it is not guessed. */
export function NameForm({ label, onName, placeholder }: NameFormProps) {
  const [text, setText] = useState("");
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        onName(text.trim() === "" ? undefined : text.trim());
      }}
    >
      <label>
        <span class="small muted">{label}</span>
        <input
          size={12}
          placeholder={placeholder}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Open</button>
    </form>
  );
}
