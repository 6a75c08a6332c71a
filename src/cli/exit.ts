/** Thrown by a command that has said all there is to say, and ends with another code than 0. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`ends with ${code}`);
    this.code = code;
  }
}
