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
