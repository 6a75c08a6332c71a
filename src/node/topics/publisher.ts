import { type Origin, parseOrigin } from "../../core/peer.ts";

let lastOrigin: string | undefined;
let lastName = "";

/** The name of a publisher. Messages of one come together, so the last answer is kept. */
export function publisherOf(origin: Origin): string {
  if (origin === lastOrigin) return lastName;
  lastName = parseOrigin(origin)?.name ?? origin;
  lastOrigin = origin;
  return lastName;
}
