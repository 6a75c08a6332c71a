/** [Unicode TR 11, roughly: East Asian wide and full-width, and pictures] */
const EAST = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u;
const RARE_EAST = /[\u{20000}-\u{3fffd}]/u;
const PICTURE = /\p{Extended_Pictographic}/u;
const MARK = /\p{Mn}|\p{Me}/u;

/** Columns that a text takes on a terminal; of text without colours. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** As much of a text as takes at most `columns`, with an ellipsis where some is missing. */
export function cutToWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns < 1 ? "" : `${kept}…`;
}

function widthOf(character: string): number {
  if (character.codePointAt(0) === undefined || MARK.test(character)) return 0;
  return EAST.test(character) || RARE_EAST.test(character) || PICTURE.test(character) ? 2 : 1;
}
