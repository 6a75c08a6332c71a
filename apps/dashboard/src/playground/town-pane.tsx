import type { ComponentChildren } from "preact";
import { namesOf } from "./play.ts";

interface TownPaneProps<Protocol extends string> {
  readonly side: "A" | "B";
  readonly protocol: Protocol;
  readonly titles: Readonly<Record<Protocol, string>>;
  /** What the protocol does. */
  readonly does: string;
  readonly failure: string | undefined;
  readonly onProtocol: (protocol: Protocol) => void;
  readonly children: ComponentChildren;
}

/** One of the two towns: its protocol, what it does, and what there is to see. */
export function TownPane<Protocol extends string>(props: TownPaneProps<Protocol>) {
  const { children, does, failure, onProtocol, protocol, side, titles } = props;
  return (
    <section class={`panel town-pane side-${side}`} aria-label={`Town ${side}`}>
      <label class="town-head">
        <b class="side">{side}</b>
        <span class="hidden-text">Protocol of town {side}</span>
        <select
          name={`protocol-${side}`}
          value={protocol}
          onChange={(event) => {
            const next = namesOf(titles).find((name) => name === event.currentTarget.value);
            if (next !== undefined) onProtocol(next);
          }}
        >
          {namesOf(titles).map((name) => (
            <option key={name} value={name}>
              {titles[name]}
            </option>
          ))}
        </select>
      </label>
      <p class="small muted does">{does}</p>
      {children}
      {failure === undefined ? null : (
        <p class="note bad" role="alert">
          {failure}
        </p>
      )}
    </section>
  );
}
