import type { StreamEnd } from "../../data/info-network/info-streams.contract.ts";

/** Source: gRPC's "Status codes and their use in gRPC". */
const codes: Readonly<Record<StreamEnd, number>> = {
  ok: 0,
  INVALID_ARGUMENT: 3,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNAVAILABLE: 14,
};

const ends = new Map<number, StreamEnd>([
  [codes.ok, "ok"],
  [codes.INVALID_ARGUMENT, "INVALID_ARGUMENT"],
  [codes.ALREADY_EXISTS, "ALREADY_EXISTS"],
  [codes.RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED"],
  [codes.FAILED_PRECONDITION, "FAILED_PRECONDITION"],
]);

export function codeOfEnd(why: StreamEnd): number {
  return codes[why];
}

/** What has no meaning of its own here is a stream that broke. */
export function endOfCode(code: number): StreamEnd {
  return ends.get(code) ?? "UNAVAILABLE";
}
