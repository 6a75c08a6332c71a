import { HearsayError } from "../../core/errors.ts";
import type { PartialCertificate } from "./certificates.api.ts";

const NAMED_MAX = 5;

/** The time was over before every member was known to have it: code TIMEOUT. */
export class NotEverywhereError extends HearsayError {
  /** Who has it, who has not and why, who is gone. */
  readonly certificate: PartialCertificate;

  constructor(certificate: PartialCertificate, timeoutMs: number) {
    const { evidence, missing } = certificate;
    const named = missing.slice(0, NAMED_MAX).map(({ name, why }) => `${name} (${why})`);
    const more = missing.length > NAMED_MAX ? ` and ${missing.length - NAMED_MAX} more` : "";
    const who = `missing: ${named.join(", ")}${more}`;
    const count = `${evidence.length} of ${evidence.length + missing.length} members`;
    super("TIMEOUT", `after ${timeoutMs} ms ${count} are known to have it; ${who}`);
    this.certificate = certificate;
  }
}
