import type { Colors } from "./cli-io.ts";

const noLines = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Columns without lines; cells may hold colours and wide characters. Loaded when first needed. */
export async function tablePrinter(
  colors: Colors,
): Promise<(head: readonly string[], rows: readonly (readonly string[])[]) => string> {
  const { default: Table } = await import("cli-table3");
  return (head, rows) => {
    const style = { head: [], border: [], "padding-left": 0, "padding-right": 0 };
    const table = new Table({ chars: noLines, style });
    table.push(
      head.map((title) => colors.bold(title)),
      ...rows.map((row) => [...row]),
    );
    return table
      .toString()
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n");
  };
}
