export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Side of the squares that rectangles are looked up by. */
const CELL = 64;
/** Squares of one rectangle; a longer one is not looked up beyond. */
const CELLS_MAX = 64;

/** What is taken of a plane: whether another rectangle still fits. */
export class Room {
  private readonly taken = new Map<string, Rectangle[]>();

  isFree(wanted: Rectangle): boolean {
    return cellsOf(wanted).every((cell) => {
      const there = this.taken.get(cell) ?? [];
      return !there.some((one) => {
        const isBeside = one.right <= wanted.left || wanted.right <= one.left;
        return !isBeside && one.top < wanted.bottom && wanted.top < one.bottom;
      });
    });
  }

  take(rectangle: Rectangle): void {
    for (const cell of cellsOf(rectangle)) {
      const there = this.taken.get(cell);
      if (there === undefined) this.taken.set(cell, [rectangle]);
      else there.push(rectangle);
    }
  }
}

function cellsOf({ bottom, left, right, top }: Rectangle): string[] {
  const cells: string[] = [];
  for (let row = Math.floor(top / CELL); row <= Math.floor(bottom / CELL); row += 1) {
    for (let column = Math.floor(left / CELL); column <= Math.floor(right / CELL); column += 1) {
      if (cells.length < CELLS_MAX) cells.push(`${column} ${row}`);
    }
  }
  return cells;
}
