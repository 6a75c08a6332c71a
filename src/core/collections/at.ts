/** The element at `index`, which the caller knows to be within the list. */
export function at<T>(items: ArrayLike<T>, index: number): T;
export function at(items: ArrayLike<unknown>, index: number): unknown {
  return items[index];
}
