/** Something that happens at a moment of virtual time and is neither a packet nor a timer. */
export abstract class SimEvent {
  abstract fire(): void;
}

/** Something that the author of a simulation planned, or that waited for its node. */
export class ActionEvent extends SimEvent {
  private readonly run: () => void;

  constructor(run: () => void) {
    super();
    this.run = run;
  }

  override fire(): void {
    this.run();
  }
}
