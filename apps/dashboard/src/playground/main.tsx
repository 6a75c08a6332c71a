import { render } from "preact";
import "../shared/base.css";
import "./playground.css";
import { Brand } from "../shared/brand.tsx";
import { ThemeChoice } from "../shared/theme-choice.tsx";
import { PlayPage } from "./play-page.tsx";
import { PublishedTables } from "./published-tables.tsx";

function Playground() {
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
        <PlayPage />
        <PublishedTables />
      </main>
    </div>
  );
}

const place = document.getElementById("app");
if (place !== null) {
  place.replaceChildren();
  render(<Playground />, place);
}
