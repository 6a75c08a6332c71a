import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "../shared/base.css";
import "./playground.css";
import { Brand } from "../shared/brand.tsx";
import { ThemeChoice } from "../shared/theme-choice.tsx";
import { type Asked, askedAddress, askedAt } from "./asked.ts";
import { kindAt, kindTitles, namesOf, type TownKind } from "./play.ts";
import { PublishedTables } from "./published-tables.tsx";
import { SpreadPage } from "./spread/spread-page.tsx";
import type { SpreadPlay } from "./spread/spread-play.ts";
import { WatchPage } from "./watch/watch-page.tsx";

/** Whoever does not want movement starts it themselves. */
const moves = matchMedia("(prefers-reduced-motion: reduce)").matches === false;

function Playground() {
  // An address with a course of its own is looked at as somebody left it; others are shown.
  const [isOpened] = useState(() => !new URLSearchParams(location.hash.slice(1)).has("do"));
  const [asked, setAsked] = useState<Asked>(() => askedAt(location.hash.slice(1)));
  const [kind, setKind] = useState<TownKind>(() => kindAt(location.hash.slice(1)));
  const [chosen, setChosen] = useState<SpreadPlay | undefined>(undefined);
  const [isRunning, setRunning] = useState(false);
  useEffect(() => {
    if (isOpened) setRunning(moves);
    const onHash = (): void => {
      setAsked(askedAt(location.hash.slice(1)));
      setKind(kindAt(location.hash.slice(1)));
    };
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  const onChosen = (): void => {
    setRunning(moves);
    scrollTo({ top: 0 });
  };
  const page = { beside: askedAddress(asked), isRunning, onRun: setRunning, onChosen };
  return (
    <div class="shell">
      <header class="top">
        <Brand title="Hearsay playground" />
        <span class="muted small">
          The protocols as they ship, in a simulation in this page: one seed, one run.
        </span>
        <nav class="kinds" aria-label="What the towns are about">
          {namesOf(kindTitles).map((name) => (
            <a
              key={name}
              href={`#${new URLSearchParams(name === "spread" ? {} : { town: name })}`}
              aria-current={name === kind ? "page" : undefined}
              onClick={() => setRunning(moves)}
            >
              {kindTitles[name]}
            </a>
          ))}
        </nav>
        <div class="facts">
          <ThemeChoice />
        </div>
      </header>
      <main>
        <h1 class="hidden-text">Hearsay playground</h1>
        {kind === "spread" ? <SpreadPage {...page} chosen={chosen} /> : <WatchPage {...page} />}
        <PublishedTables
          asked={asked}
          onAsk={setAsked}
          onScenario={({ play }) => {
            setKind("spread");
            setChosen({ ...play });
            onChosen();
          }}
        />
      </main>
    </div>
  );
}

const place = document.getElementById("app");
if (place !== null) {
  place.replaceChildren();
  render(<Playground />, place);
}
