import { signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";

const KEY = "hearsay.theme";

/** What the user chose; "auto" follows the system. */
export const theme = signal<Theme>(remembered());
show(theme.value);

export function chooseTheme(next: Theme): void {
  theme.value = next;
  show(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
}

function show(chosen: Theme): void {
  const { dataset } = document.documentElement;
  if (chosen === "auto") delete dataset["theme"];
  else dataset["theme"] = chosen;
}

function remembered(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "auto";
  } catch {
    return "auto";
  }
}
