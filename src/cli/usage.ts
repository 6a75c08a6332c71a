import { HearsayError } from "../core/errors.ts";

/** What was typed cannot be meant: exit code 2. */
export function usage(text: string): HearsayError {
  return new HearsayError("USAGE", text);
}
