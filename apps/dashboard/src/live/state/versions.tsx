import { useState } from "preact/hooks";
import type {
  VersionStoresAnswer,
  VersionsAnswer,
} from "../../../../../src/agent/routes/versions.messages.ts";
import { pathSegment } from "../../../../../src/core/path-name.ts";
import { counted } from "../../shared/format.ts";
import { usePolled } from "../use-agent.ts";
import { NameChoice } from "./name-choice.tsx";
import { isAskable, offered, openOne, paceOf } from "./names.ts";
import { VersionTree } from "./version-tree.tsx";

const KEYS_SHOWN_MAX = 200;

/** A store of versions: who wrote beside whom stands beside each other until somebody merges. */
export function Versions() {
  const [picked, setPicked] = useState<string | undefined>(undefined);
  const { stores } = usePolled<VersionStoresAnswer>("v1/versions", 3_000).value ?? {};
  const store = picked ?? openOne(stores);
  return (
    <section
      class={store === undefined ? "panel" : "panel wide"}
      aria-label="Versions"
      data-store={store}
    >
      <div class="panel-head">
        <h2>Versions</h2>
        <NameChoice
          label="Store"
          placeholder="cart"
          names={offered(stores)}
          chosen={store}
          onName={setPicked}
        />
      </div>
      <p class="small muted what">
        Keys and values of which no write is lost: two that knew nothing of each other both stand,
        until somebody who has seen both writes one.
      </p>
      {store !== undefined ? (
        <Keys key={store} store={store} />
      ) : stores?.length === 0 ? (
        <p class="empty">
          There is no store yet: <code>hearsay versions put cart ann bread</code>
        </p>
      ) : (
        <p class="empty">Choose a store to see its keys.</p>
      )}
    </section>
  );
}

function paceOfKeys({ keys }: VersionsAnswer): number {
  return paceOf(keys.length, 1_500);
}

function Keys({ store }: { readonly store: string }) {
  const [picked, setPicked] = useState<string | undefined>(undefined);
  const path = `v1/versions/${pathSegment(store)}`;
  const { error, value } = usePolled<VersionsAnswer>(path, paceOfKeys);
  if (value === undefined) return <p class="empty">{error?.message ?? "Asking the agent …"}</p>;
  const { keys } = value;
  if (keys.length === 0) {
    return (
      <p class="empty">
        {store} is empty: <code>hearsay versions put {store} KEY VALUE</code>
      </p>
    );
  }
  // What wants somebody's eyes comes first.
  const askable = keys.filter(({ key }) => isAskable(key));
  const sorted = askable.sort((one, other) => Number(other.conflict) - Number(one.conflict));
  const key = picked ?? sorted[0]?.key;
  const hiddenCount = keys.length - Math.min(sorted.length, KEYS_SHOWN_MAX);
  return (
    <div class="keyed">
      <div>
        <ul class="chips column" aria-label={`Keys of ${store}`}>
          {sorted.slice(0, KEYS_SHOWN_MAX).map(({ conflict, key: name }) => (
            <li key={name}>
              <button type="button" aria-pressed={name === key} onClick={() => setPicked(name)}>
                <bdi>{name}</bdi>
                {conflict ? <span class="muted small"> has siblings</span> : null}
              </button>
            </li>
          ))}
        </ul>
        {hiddenCount <= 0 ? null : (
          <p class="muted small">
            {counted(hiddenCount, "more key")} not shown: <code>hearsay versions ls {store}</code>
          </p>
        )}
      </div>
      {key === undefined ? null : <VersionTree key={key} store={store} name={key} />}
    </div>
  );
}
