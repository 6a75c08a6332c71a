/**
 * The matchers of `hearsay/testing` for vitest, with their types on `expect(cluster)`:
 *
 *     import { expect } from "vitest";
 *     import { hearsayMatchers } from "hearsay/testing/vitest";
 *     expect.extend(hearsayMatchers);
 *
 * A file of its own, so that who uses another test runner needs no types of vitest. At run time it
 * loads nothing of vitest.
 */
// Without it the compiler would not look for what is augmented below.
import type {} from "vitest";
import type { HearsayMatchers } from "./test-cluster/matchers.ts";

export { type HearsayMatchers, hearsayMatchers } from "./test-cluster/matchers.ts";

declare module "vitest" {
  // The name and the number of its type parameters are vitest's (3.2 and later).
  interface Matchers<T> extends HearsayMatchers {}
}
