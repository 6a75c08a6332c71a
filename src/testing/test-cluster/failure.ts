/** What was expected of a test cluster did not come true: a failed assertion to test runners. */
export class TestClusterFailure extends Error {
  override readonly name: string = "TestClusterFailure";
  /** By which node:test and others know assertions. */
  readonly code = "ERR_ASSERTION";
  /** Gives the same run again. */
  readonly seed: number;

  constructor(message: string, seed: number) {
    super(message);
    this.seed = seed;
  }
}
