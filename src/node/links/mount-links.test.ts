import { describe, expect, it } from "vitest";
import type { LinkEnv } from "../../core/env.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { LinkProtocol } from "../../core/protocol.ts";
import { LinkTown } from "./link-rig.ts";
import { mountLinked } from "./mount-links.ts";

const CHANNEL = 60;

/** Opens a link, says so, and lets go of it in the same step. */
class Caller implements LinkProtocol<string, "later"> {
  readonly env: LinkEnv<string, "later">;
  readonly log: string[] = [];

  constructor(env: LinkEnv<string, "later">) {
    this.env = env;
  }
  start(): void {
    this.log.push("start");
  }
  stop(): void {
    this.log.push("stop");
  }
  onMessage(from: PeerId, message: string): void {
    this.log.push(`${from}: ${message}`);
    if (message === "hello") this.env.send(from, "hello yourself");
  }
  onTimer(timer: "later"): void {
    this.log.push(timer);
  }
  onLinkUp(peer: PeerId): void {
    this.log.push(`up ${peer}`);
  }
  onLinkDown(peer: PeerId): void {
    this.log.push(`down ${peer}`);
  }
}

const codec = {
  encode: (text: string) => new TextEncoder().encode(text),
  decode: (bytes: Uint8Array) => {
    const text = new TextDecoder().decode(bytes);
    return text === "nonsense" ? undefined : text;
  },
};

function town() {
  const world = new LinkTown();
  const malformed: string[] = [];
  const [a, b] = ["a", "b"].map((name) => {
    const { links, node } = world.add(name);
    return node.step(() => {
      const onMalformed = (): void => void malformed.push(name);
      const mount = { name: "caller", channel: CHANNEL, codec, onMalformed };
      const make = (env: LinkEnv<string, "later">) => new Caller(env);
      const caller = mountLinked<string, "later", Caller>(node, links, mount, make);
      caller.start();
      return { caller, node };
    });
  });
  if (a === undefined || b === undefined) return expect.fail("no pair");
  return { world, a, b, malformed };
}

describe("a protocol on links", () => {
  it("has links, messages, timers and dice of its own", () => {
    const { world, a, b, malformed } = town();
    const { env } = a.caller;
    a.node.step(() => {
      env.openLink(peerId("b"));
      env.send(peerId("b"), "hello");
      env.send(peerId("b"), "nonsense");
      env.setTimer("later", 5);
      env.clearTimer(env.setTimer("later", 5));
    });
    world.run(100);
    expect(a.caller.log).toEqual(["start", "later", "up b", "b: hello yourself"]);
    expect(b.caller.log).toEqual(["start", "up a", "a: hello"]);
    expect(malformed).toEqual(["b"]);
    expect(env.self).toBe("a");
    expect(env.random.real()).not.toBe(b.caller.env.random.real());
    expect(env.wallClock()).toBeGreaterThan(env.now());
  });

  it("sends what it said before it lets go", () => {
    const { world, a, b } = town();
    a.node.step(() => a.caller.env.openLink(peerId("b")));
    world.run(100);
    a.node.step(() => {
      a.caller.env.send(peerId("b"), "goodbye");
      a.caller.env.closeLink(peerId("b"));
      a.caller.env.send(peerId("b"), "too late");
    });
    world.run(100);
    expect(b.caller.log).toEqual(["start", "up a", "a: goodbye", "down a"]);
    expect(a.caller.log).toEqual(["start", "up b"]);
  });
});
