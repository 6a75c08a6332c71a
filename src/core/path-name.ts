/**
 * How a name stands in the path of a request. A segment of nothing but one or two dots means "here"
 * and "one up", escaped or not, and what reads an address takes it away [WHATWG URL §4.4]: so a
 * name that is `.` or `..` has a tilde before it, and one that looks like that has one tilde more.
 */

const DOTS = /^~*\.{1,2}$/;
const MARKED_DOTS = /^~+\.{1,2}$/;

/** `a b` is `a%20b`, `..` is `~..`, `~..` is `~~..`. */
export function pathSegment(name: string): string {
  return encodeURIComponent(DOTS.test(name) ? `~${name}` : name);
}

/** The name that a segment stands for, of which escapes have been read. */
export function nameOfSegment(segment: string): string {
  return MARKED_DOTS.test(segment) ? segment.slice(1) : segment;
}
