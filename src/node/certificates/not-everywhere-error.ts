import { HearsayError } from "../../core/errors.ts";
import type { PartialCertificate } from "./certificates.api.ts";

const NAMED_MAX = 5;

/** The time was over before every member was known to have it: code TIMEOUT. */
export class NotEverywhereError extends HearsayError {
  /** Who has it, who has not and why, who is gone. */
  readonly certificate: PartialCertificate;

  constructor(certificate: PartialCertificate, timeoutMs: number) {
    const { evidence, gone, missing } = certificate;
    // Names that have all gone leave nobody who could have it.
    const who =
      missing.length === 0
        ? `gone: ${namesOf(gone.map(({ how, name }) => `${name} (${how})`))}`
        : `missing: ${namesOf(missing.map(({ name, why }) => `${name} (${why})`))}`;
    const count = `${evidence.length} of ${evidence.length + missing.length} members`;
    super("TIMEOUT", `after ${timeoutMs} ms ${count} are known to have it; ${who}`);
    this.certificate = certificate;
  }
}

function namesOf(all: readonly string[]): string {
  const more = all.length > NAMED_MAX ? ` and ${all.length - NAMED_MAX} more` : "";
  return `${all.slice(0, NAMED_MAX).join(", ")}${more}`;
}
