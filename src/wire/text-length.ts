/** How long text is on the wire, without encoding it, and without Node. */

/** Of a byte that is no UTF-8, as text.ts keeps it: U+DC80 … U+DCFF. */
const ESCAPE_FIRST = 0xdc80;
const ESCAPE_LAST = 0xdcff;

/** Bytes of `text` on the wire. */
export function textByteLength(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // Each half of a pair is two bytes; one that lost its other half becomes U+FFFD, of three.
    if (unit < 0x800 || isHalfOfPair(text, at)) length += 1;
    else if (!isEscape(text, at)) length += 2;
  }
  return length;
}

/** A low surrogate U+DC80 … U+DCFF that is not the second half of a pair. */
export function isEscape(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= ESCAPE_FIRST && unit <= ESCAPE_LAST && !isHigh(text, at - 1);
}

function isHalfOfPair(text: string, at: number): boolean {
  return (isHigh(text, at) && isLow(text, at + 1)) || (isLow(text, at) && isHigh(text, at - 1));
}

function isHigh(text: string, at: number): boolean {
  const unit = at < 0 ? 0 : text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
