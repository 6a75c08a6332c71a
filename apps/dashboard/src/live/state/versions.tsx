import { useState } from "preact/hooks";
import type {
  SiblingAnswer,
  VersionAnswer,
  VersionsAnswer,
} from "../../../../../src/agent/routes/versions.messages.ts";
import { clockTime, shown } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { Drawing } from "./drawing.tsx";
import { NameForm } from "./name-form.tsx";

const KEYS_SHOWN_MAX = 200;

/** A store of versions: who wrote beside whom stands beside each other until somebody merges. */
export function Versions() {
  const [store, setStore] = useState<string | undefined>(undefined);
  const [key, setKey] = useState<string | undefined>(undefined);
  const path = store && `v1/versions/${encodeURIComponent(store)}`;
  const { error, value } = usePolled<VersionsAnswer>(path, 2_000);
  return (
    <section class="panel stack" aria-label="Versions">
      <div class="panel-head">
        <h2>Versions</h2>
        <NameForm label="Store" placeholder="cart" onName={setStore} />
      </div>
      {store === undefined ? (
        <p class="empty">
          Name a store to see its keys, and the siblings of those that were written at the same
          time.
        </p>
      ) : value === undefined ? (
        <p class="empty">{error?.message ?? "Asking the agent …"}</p>
      ) : value.keys.length === 0 ? (
        <p class="empty">
          {store} is empty: <code>hearsay versions put {store} KEY VALUE</code>
        </p>
      ) : (
        <ul class="chips" aria-label={`Keys of ${store}`}>
          {value.keys.slice(0, KEYS_SHOWN_MAX).map(({ conflict, key: name }) => (
            <li key={name}>
              <button type="button" aria-pressed={name === key} onClick={() => setKey(name)}>
                {name}
                {conflict ? <span class="muted"> has siblings</span> : null}
              </button>
            </li>
          ))}
        </ul>
      )}
      {store === undefined || key === undefined ? null : <Tree store={store} name={key} />}
    </section>
  );
}

function Tree({ name, store }: { readonly store: string; readonly name: string }) {
  const path = `v1/versions/${encodeURIComponent(store)}/${encodeURIComponent(name)}`;
  const { value } = usePolled<VersionAnswer>(path, 2_000);
  if (value === undefined) return null;
  const { siblings } = value;
  const height = Math.max(1, siblings.length) * 46;
  return (
    <figure>
      <figcaption class="small muted">
        {siblings.length > 1
          ? `${siblings.length} siblings of ${name}: written without knowing of each other.`
          : `${name} has one version.`}
      </figcaption>
      <Drawing
        label="Siblings"
        title={`${name}: ${siblings.map((one) => shown(one.value)).join("; ")}`}
        width={520}
        height={height}
      >
        {siblings.map((sibling, at) => (
          <Sibling
            key={`${sibling.dot.origin} ${sibling.dot.seq}`}
            sibling={sibling}
            y={at * 46 + 23}
            rootY={height / 2}
          />
        ))}
        <circle cx="12" cy={height / 2} r="5" class="tree-root" />
      </Drawing>
    </figure>
  );
}

interface SiblingProps {
  readonly sibling: SiblingAnswer;
  readonly y: number;
  readonly rootY: number;
}

function Sibling({ rootY, sibling, y }: SiblingProps) {
  const { clock, from, value } = sibling;
  return (
    <g data-sibling={shown(value)}>
      <path d={`M12 ${rootY} C 50 ${rootY}, 40 ${y}, 84 ${y}`} class="tree-branch" />
      <circle cx="88" cy={y} r="5" class="tree-leaf" />
      <text x="102" y={y - 2}>
        {shown(value).slice(0, 60)}
      </text>
      <text x="102" y={y + 14} class="tree-note">
        {`by ${from}, ${clockTime(clock.ms)}`}
      </text>
    </g>
  );
}
