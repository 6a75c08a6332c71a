/** One after the other; the second may grow meanwhile. */
export function* concat<One>(
  first: Iterable<One> = [],
  second: Iterable<One> = [],
): IterableIterator<One> {
  yield* first;
  yield* second;
}
