import type { ReachabilityAnswer } from "../../../../../src/agent/routes/reachability.messages.ts";
import { usePolled } from "../use-agent.ts";

type PathKind = ReachabilityAnswer["exceptions"][number]["kind"];

const marks: Readonly<Record<PathKind, readonly [mark: string, words: string]>> = {
  direct: ["●", "direct"],
  oneWayOut: ["→", "only outward"],
  oneWayIn: ["←", "only inward"],
  indirect: ["◌", "by way of another member"],
  none: ["✕", "not at all"],
  unknown: ["?", "not known"],
};

/** Members above which a table says nothing any more: then only what is wrong is listed. */
const TABLE_MAX_COUNT = 24;

export function Reachability() {
  const { error, value } = usePolled<ReachabilityAnswer>("v1/reachability", 3_000);
  return (
    <section class="panel" aria-label="Reachability">
      <h2>Who reaches whom</h2>
      {value === undefined ? (
        <p class="empty">
          {error?.code === "ADMIN_NOT_FOUND"
            ? "This agent does not tell who reaches whom."
            : (error?.message ?? "Asking the agent …")}
        </p>
      ) : (
        <Picture answer={value} />
      )}
    </section>
  );
}

function Picture({ answer }: { readonly answer: ReachabilityAnswer }) {
  const { exceptions, members } = answer;
  return (
    <div class="stack">
      <p class="muted">
        {exceptions.length === 0
          ? "Everybody reaches everybody directly, as far as this node knows."
          : `${exceptions.length} paths are not plainly direct.`}
      </p>
      {members.length <= TABLE_MAX_COUNT ? (
        <Matrix answer={answer} />
      ) : (
        <Exceptions answer={answer} />
      )}
      <ul class="legend" aria-label="What the marks mean">
        {Object.values(marks).map(([mark, words]) => (
          <li key={mark}>
            <span aria-hidden="true">{mark}</span> {words}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Matrix({ answer: { exceptions, members } }: { readonly answer: ReachabilityAnswer }) {
  const kinds = new Map(exceptions.map(({ from, kind, to }) => [`${from}\n${to}`, kind]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="Matrix of paths">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">from ↓ to →</th>
            {members.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {members.map((from) => (
            <tr key={from}>
              <th scope="row">{from}</th>
              {members.map((to) => (
                <td key={to}>
                  {from === to ? "" : <Cell kind={kinds.get(`${from}\n${to}`) ?? "direct"} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ kind }: { readonly kind: PathKind }) {
  const [mark, words] = marks[kind];
  return (
    <span class={`path path-${kind}`} title={words}>
      <span aria-hidden="true">{mark}</span>
      <span class="hidden-text">{words}</span>
    </span>
  );
}

function Exceptions({ answer: { exceptions } }: { readonly answer: ReachabilityAnswer }) {
  return (
    <ul class="small">
      {exceptions.slice(0, 200).map(({ from, kind, to, via }) => (
        <li key={`${from} ${to}`}>
          {from} → {to}: {marks[kind][1]}
          {via === undefined ? "" : ` (${via})`}
        </li>
      ))}
    </ul>
  );
}
