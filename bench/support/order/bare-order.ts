import type { OrdererChoice } from "../../../dist/index.js";

type Mounted = ReturnType<Awaited<ReturnType<OrdererChoice["load"]>>["mount"]>;
type Orderer = Mounted["orderer"];
type Request = ReturnType<Orderer["propose"]>;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** An engine of order, asked directly: what an ordered log costs is what comes on top. */
export class BareOrder {
  readonly choice: OrdererChoice;
  private readonly waiting = new Map<Request, Waiting>();
  private orderer: Orderer | undefined;
  private step: (<R>(body: () => R) => R) | undefined;

  constructor(choice: OrdererChoice, onCommand: (command: Uint8Array) => void) {
    this.choice = {
      ...choice,
      load: async () => {
        const engine = await choice.load();
        return {
          mount: (ports) => {
            const mounted = engine.mount(ports);
            this.orderer = mounted.orderer;
            this.step = (body) => ports.step(body);
            this.listen(mounted.orderer, onCommand);
            return mounted;
          },
        };
      },
    };
  }

  /** Resolves when it is ordered. */
  propose(command: Uint8Array): Promise<void> {
    const { orderer, step } = this;
    if (orderer === undefined || step === undefined) throw new Error("the node has not started");
    return new Promise((resolve, reject) => {
      const request = step(() => orderer.propose(command));
      this.waiting.set(request, { resolve, reject });
    });
  }

  private listen(orderer: Orderer, onCommand: (command: Uint8Array) => void): void {
    const subscriber = {
      onOrdered: (all: Parameters<Parameters<Orderer["subscribe"]>[0]["onOrdered"]>[0]) => {
        for (const { command } of all) onCommand(command);
      },
      onSnapshot: () => {},
    };
    orderer.subscribe(subscriber, 0 as Parameters<Orderer["subscribe"]>[1]);
    orderer.listen({
      onStatus: () => {},
      onOutcome: (request, outcome) => {
        const waiting = this.waiting.get(request);
        this.waiting.delete(request);
        if (outcome.kind === "ordered") waiting?.resolve();
        else waiting?.reject(new Error(JSON.stringify(outcome)));
      },
    });
  }
}
