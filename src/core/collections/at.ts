/** The element at `index`, which the caller knows to be within the list. */
export function at<T>(items: ArrayLike<T>, index: number): T;
export function at(items: ArrayLike<unknown>, index: number): unknown {
  return items[index];
}

/** The same of a list with holes: the caller knows that none is at `index`. */
export function present<T>(items: ArrayLike<T | undefined>, index: number): T;
export function present(items: ArrayLike<unknown>, index: number): unknown {
  return items[index];
}

/*
 * The same for one kind of list each: V8 remembers of a function what it was called with, and where
 * that is every kind there is, each access is a search. In loops over bytes this is half the cost.
 */

export function byteAt(bytes: Uint8Array, index: number): number;
export function byteAt(bytes: Uint8Array, index: number): number | undefined {
  return bytes[index];
}

export function numberAt(numbers: readonly number[], index: number): number;
export function numberAt(numbers: readonly number[], index: number): number | undefined {
  return numbers[index];
}
