import { describe, expect, it } from "vitest";
import { Stepper } from "./step.ts";

class Host extends Stepper {
  readonly log: string[] = [];
  protected override onStepEnd(): void {
    this.log.push("leave");
  }
  get busy(): boolean {
    return this.isInStep;
  }
  /** A mounted protocol's send, carried by writing it down. */
  send(text: string): void {
    this.sendCarried({ carryNow: (to, message) => this.log.push(`${to}:${message}`) }, "p", text);
  }
}

describe("Stepper", () => {
  it("runs nested steps as part of the outer one", () => {
    const host = new Host();
    const result = host.step(() => host.step(() => (host.busy ? "busy" : "idle")));
    expect(result).toBe("busy");
    expect(host.log).toEqual(["leave"]);
  });

  it("carries messages when the step's body has returned, before packets leave", () => {
    const host = new Host();
    host.step(() => {
      host.send("one");
      host.send("two");
      host.log.push("body");
    });
    host.send("outside");
    expect(host.log).toEqual(["body", "p:one", "p:two", "leave", "p:outside", "leave"]);
  });

  it("tells last things after everything left, in order, also those said while telling", () => {
    const host = new Host();
    host.afterStep(() => host.log.push("at once"));
    host.step(() => {
      host.afterStep(() => {
        host.log.push("first");
        host.step(() => host.afterStep(() => host.log.push("third")));
      });
      host.afterStep(() => host.log.push("second"));
    });
    expect(host.log).toEqual(["at once", "leave", "first", "leave", "second", "third"]);
  });

  it("passes on what the body throws, and is ready for the next step", () => {
    const host = new Host();
    expect(() =>
      host.step(() => {
        host.send("sent before");
        throw new Error("broken");
      }),
    ).toThrow("broken");
    expect(host.busy).toBe(false);
    expect(host.step(() => 7)).toBe(7);
    expect(host.log).toEqual(["p:sent before", "leave", "leave"]);
  });

  it("keeps what was not told when a listener throws", () => {
    const host = new Host();
    expect(() =>
      host.step(() => {
        host.afterStep(() => {
          throw new Error("listener");
        });
        host.afterStep(() => host.log.push("kept"));
      }),
    ).toThrow("listener");
    host.step(() => undefined);
    expect(host.log).toEqual(["leave", "leave", "kept"]);
  });
});
