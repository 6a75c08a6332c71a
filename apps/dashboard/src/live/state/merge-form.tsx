import { useState } from "preact/hooks";
import type { VersionWriteAnswer } from "../../../../../src/agent/routes/versions.messages.ts";
import { typedValue } from "../../shared/format.ts";
import { tell } from "../agent-api.ts";
import { asAgentError } from "../use-agent.ts";

interface MergeFormProps {
  /** `v1/versions/STORE/KEY` */
  readonly path: string;
  /** Of what is shown. */
  readonly context: string;
  readonly count: number;
  readonly onWritten: () => void;
}

/** Writes one value in the place of all that are shown. */
export function MergeForm({ context, count, onWritten, path }: MergeFormProps) {
  const [text, setText] = useState("");
  const [said, setSaid] = useState<string | undefined>(undefined);
  const write = async (): Promise<void> => {
    try {
      const body = { value: typedValue(text), context };
      const { status } = await tell<VersionWriteAnswer>("PUT", path, body);
      setSaid(status === "ok" ? "● Written." : "✕ Somebody else wrote meanwhile: look again.");
      if (status === "ok") setText("");
      onWritten();
    } catch (error) {
      setSaid(asAgentError(error).message);
    }
  };
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        void write();
      }}
    >
      <label>
        <span class="small muted">
          {count > 1 ? `One value in the place of all ${count}` : "A value in its place"}
        </span>
        <input
          required
          size={18}
          placeholder="text or JSON"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit">{count > 1 ? "Merge" : "Write"}</button>
      <span class="small" role="status">
        {said ?? ""}
      </span>
      <span class="small muted grow">
        It goes with the context of what is shown, which says which writes it replaces:{" "}
        <code title={context}>{`--context ${context.slice(0, 12)}…`}</code>
      </span>
    </form>
  );
}
