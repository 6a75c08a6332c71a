import { cutToWidth, textWidth } from "./text-width.ts";

const GAP = 2;
/** Narrower, a column says nothing. */
const COLUMN_MIN_WIDTH = 4;

export interface Cell {
  readonly text: string;
  /** Puts colours around what is written, which takes no room. */
  readonly paint?: ((text: string) => string) | undefined;
}

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

export interface Grid {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A table no wider than `width`: columns on the right go first, then the first one is cut. */
export function gridLines(
  { columns, rows }: Grid,
  width: number,
  bold: (text: string) => string,
): string[] {
  const widths = columns.map(({ title }, index) =>
    rows.reduce((most, row) => Math.max(most, textWidth(row[index]?.text ?? "")), textWidth(title)),
  );
  const total = (): number => widths.reduce((sum, one) => sum + one + GAP, -GAP);
  while (widths.length > 1 && total() > width) {
    const others = total() - (widths[0] ?? 0);
    const room = width - others;
    if (room >= COLUMN_MIN_WIDTH && widths.length <= 3) widths[0] = room;
    else widths.pop();
  }
  if (widths[0] !== undefined && total() > width) widths[0] = width;
  const line = (cells: readonly Cell[]): string =>
    widths
      .map((room, index) => placed(cells[index], room, columns[index]?.align ?? "left"))
      .join(" ".repeat(GAP))
      .trimEnd();
  const head = columns.map(({ title }) => ({ text: title, paint: bold }));
  return [line(head), ...rows.map(line)];
}

function placed(cell: Cell | undefined, room: number, align: Column["align"]): string {
  const text = cutToWidth(cell?.text ?? "", room);
  const padding = " ".repeat(room - textWidth(text));
  const painted = cell?.paint === undefined ? text : cell.paint(text);
  return align === "left" ? `${painted}${padding}` : `${padding}${painted}`;
}
