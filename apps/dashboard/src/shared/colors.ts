/** The colours of the style sheet, as a canvas needs them: resolved for the theme that is shown. */
export type ColorName =
  | "paper"
  | "surface"
  | "ink"
  | "muted"
  | "line"
  | "edge"
  | "faint-line"
  | "accent"
  | "alive"
  | "suspect"
  | "failed"
  | "left"
  | "second";

export type Palette = Readonly<Record<ColorName, string>>;

const names: readonly ColorName[] = [
  "paper",
  "surface",
  "ink",
  "muted",
  "line",
  "edge",
  "faint-line",
  "accent",
  "alive",
  "suspect",
  "failed",
  "left",
  "second",
];

export function readPalette(): Palette {
  const probe = document.createElement("span");
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const entries = names.map((name): [ColorName, string] => {
    probe.style.color = `var(--${name})`;
    return [name, style.color];
  });
  probe.remove();
  return Object.fromEntries(entries) as Record<ColorName, string>;
}
