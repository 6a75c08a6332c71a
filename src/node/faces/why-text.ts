import type { Evidence } from "../../peers/swim/swim.contract.ts";

/** One piece of evidence about `name` in one English sentence. */
export function whyText(name: string, evidence: Evidence): string {
  const sentence = sentenceOf(name, evidence);
  return evidence.detail === undefined ? `${sentence}.` : `${sentence}: ${evidence.detail}.`;
}

function sentenceOf(name: string, { what, by, incarnation }: Evidence): string {
  const who = by ?? "somebody";
  const at = incarnation === undefined ? "" : ` at incarnation ${incarnation}`;
  switch (what) {
    case "joined":
      return `${name} was seen alive${at}`;
    case "probeFailed":
      return `A probe of ${name} by ${who} got no answer`;
    case "suspected":
      return `${who} suspected ${name}${at}`;
    case "confirmed":
      return `${who} independently confirmed the suspicion of ${name}${at}`;
    case "refuted":
      return `${name} refuted the suspicion with an alive${at}`;
    case "probeAnswered":
      return `${name} answered a probe by ${who} while it was suspected`;
    case "timedOut":
      return `The suspicion of ${name}${at} ran out here without being refuted`;
    case "declaredDead":
      return `${who} declared ${name} dead${at}`;
    case "left":
      return `${name} said that it leaves${at}`;
    case "succeeded":
      return `A later life of ${name} announced itself at another address`;
    case "updated":
      return `${name} announced new tags or a new address${at}`;
    case "degraded":
      return `${name} said that it is busy`;
    case "recovered":
      return `${name} is no longer taken for busy`;
    case "reaped":
      return `${name} was gone for so long that it was forgotten`;
    default:
      return `${name}: ${String(what)}`;
  }
}
