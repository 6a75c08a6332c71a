import { HearsayError } from "../../core/errors.ts";
import { errorText } from "../error-text.ts";

/** What this package uses of it. */
export type Sketches = typeof import("@datadog/sketches-js");

const FIX =
  "quantiles of what nodes observe are made by @datadog/sketches-js, which cannot be loaded: " +
  "npm install @datadog/sketches-js";

/**
 * Loaded by those nodes alone that observe samples, or read quantiles of them.
 * @throws HearsayError PACKAGE_MISSING
 */
export async function loadSketches(load?: () => Promise<Sketches>): Promise<Sketches> {
  try {
    // Within a try, for bundlers take it for optional there.
    return load === undefined ? await import("@datadog/sketches-js") : await load();
  } catch (error) {
    const detail = `${FIX} (${errorText(error)})`;
    throw new HearsayError("PACKAGE_MISSING", detail, { cause: error });
  }
}
