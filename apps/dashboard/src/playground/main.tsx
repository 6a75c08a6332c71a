import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "../shared/base.css";
import "./playground.css";
import { Brand } from "../shared/brand.tsx";
import { ThemeChoice } from "../shared/theme-choice.tsx";
import { type Asked, askedAddress, askedAt } from "./asked.ts";
import { PlayPage } from "./play-page.tsx";
import { PublishedTables } from "./published-tables.tsx";
import type { Scenario } from "./scenarios.ts";
import { usePlay } from "./use-play.ts";

/** Whoever does not want movement starts it themselves. */
const moves = matchMedia("(prefers-reduced-motion: reduce)").matches === false;

function Playground() {
  // An address with a course of its own is looked at as somebody left it; others are shown.
  const [isOpened] = useState(() => !new URLSearchParams(location.hash.slice(1)).has("do"));
  const [asked, setAsked] = useState<Asked>(() => askedAt(location.hash.slice(1)));
  const played = usePlay(askedAddress(asked));
  const [isRunning, setRunning] = useState(false);
  useEffect(() => {
    if (isOpened) setRunning(moves);
    const onHash = (): void => setAsked(askedAt(location.hash.slice(1)));
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  const open = ({ play }: Scenario): void => {
    played.change(play);
    setRunning(moves);
    scrollTo({ top: 0 });
  };
  return (
    <div class="shell">
      <header class="top">
        <Brand title="Hearsay playground" />
        <span class="muted small">
          The protocols as they ship, in a simulation in this page: one seed, one run.
        </span>
        <div class="facts">
          <ThemeChoice />
        </div>
      </header>
      <main>
        <h1 class="hidden-text">Hearsay playground</h1>
        <PlayPage played={played} isRunning={isRunning} onRun={setRunning} onScenario={open} />
        <PublishedTables asked={asked} onAsk={setAsked} onScenario={open} />
      </main>
    </div>
  );
}

const place = document.getElementById("app");
if (place !== null) {
  place.replaceChildren();
  render(<Playground />, place);
}
