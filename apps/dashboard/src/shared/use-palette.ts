import { useEffect, useState } from "preact/hooks";
import { type Palette, readPalette } from "./colors.ts";
import { theme } from "./theme.ts";

/** Another object whenever the theme is another. */
export function usePalette(): Palette {
  const [palette, setPalette] = useState(readPalette);
  const chosen = theme.value;
  useEffect(() => {
    const refresh = (): void => setPalette(readPalette());
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", refresh);
    if (chosen !== undefined) refresh();
    return () => system.removeEventListener("change", refresh);
  }, [chosen]);
  return palette;
}
