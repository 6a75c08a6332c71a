import type { ViewSnapshot } from "../../../../../src/agent/admin.messages.ts";
import type { LinksShown } from "./cluster-graph.ts";

interface LinksChoiceProps {
  readonly shown: LinksShown;
  /** Links in reserve that are known. */
  readonly reservesCount: number;
  readonly protocol: NonNullable<ViewSnapshot["overlay"]>["protocol"] | undefined;
  readonly onChoose: (shown: LinksShown) => void;
}

const words: Readonly<Record<LinksShown, string>> = {
  used: "in use (active view)",
  reserve: "in reserve (passive view)",
  all: "both",
};

/** HyParView keeps two views: of links that it uses, and of nodes for the time when one breaks. */
export function LinksChoice({ onChoose, protocol, reservesCount, shown }: LinksChoiceProps) {
  if (protocol !== "hyparview") return null;
  return (
    <label class="small">
      Links
      <select
        value={shown}
        onChange={({ currentTarget: { value } }) => {
          onChoose(value === "reserve" || value === "all" ? value : "used");
        }}
      >
        {Object.entries(words).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
      {shown !== "used" && reservesCount === 0 ? (
        <span class="muted">none keeps any in reserve: all are linked</span>
      ) : null}
    </label>
  );
}
