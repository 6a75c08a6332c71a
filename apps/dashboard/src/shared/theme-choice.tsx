import { chooseTheme, type Theme, theme } from "./theme.ts";

const next: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };
const words: Readonly<Record<Theme, string>> = {
  auto: "Theme: system",
  light: "Theme: light",
  dark: "Theme: dark",
};

export function ThemeChoice() {
  const chosen = theme.value;
  return (
    <button type="button" class="quiet small" onClick={() => chooseTheme(next[chosen])}>
      {words[chosen]}
    </button>
  );
}
