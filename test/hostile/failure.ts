/** What a hostile input did that none may do. */
export class HostileFailure extends Error {
  /** The property that was broken: one word, the same for all inputs that break it alike. */
  readonly property: Property;

  constructor(property: Property, detail: string) {
    super(`${property}: ${detail}`);
    this.name = "HostileFailure";
    this.property = property;
  }
}

export type Property =
  | "exception" // something threw
  | "slow" // one input took longer than allowed, three times
  | "state" // a member's record changed as the spec does not allow
  | "bound" // a table outgrew its bound
  | "outcome" // a codec's answer was none it may give
  | "service" // the node no longer does its work
  | "leftover"; // timers or exchanges that nothing will end
