import { describe, expect, it } from "vitest";
import { type PeerId, peerId } from "../../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { NamedFrames } from "./named-frames.ts";

const peer = peerId("peer");

function made() {
  const frames: Uint8Array[] = [];
  const dropped: string[] = [];
  const heard: string[] = [];
  const asked: string[] = [];
  const named = new NamedFrames({
    channel: 16,
    links: () => ({
      send: (_to: PeerId, channel: number, bytes: Uint8Array) => {
        expect(channel).toBe(16);
        frames.push(bytes);
        return "taken";
      },
    }),
    onUnknown: (name) => {
      asked.push(name);
      if (name === "late") take(name);
    },
    onDropped: (why) => dropped.push(why),
  });
  const take = (name: string): void =>
    named.take(name, (from, bytes) => heard.push(`${name} ${from} ${decodeUtf8(bytes)}`));
  return { asked, dropped, frames, heard, named, take };
}

describe("frames with names", () => {
  it("reach whom they are for", () => {
    const { frames, heard, named, take } = made();
    take("a");
    take("b");
    expect(named.send("a", peer, encodeUtf8("one"))).toBe("taken");
    expect(named.send("b", peer, encodeUtf8("two"))).toBe("taken");
    expect(named.send("c", peer, encodeUtf8("three"))).toBe("noLink");
    for (const frame of frames) named.onMessage(peer, frame);
    expect(heard).toEqual(["a peer one", "b peer two"]);
  });

  it("may make the one they are for, and are dropped by a name that nobody has", () => {
    const { asked, dropped, frames, heard, named, take } = made();
    for (const name of ["late", "never"]) {
      take(name);
      named.send(name, peer, encodeUtf8("one"));
      named.release(name);
    }
    for (const frame of frames) named.onMessage(peer, frame);
    expect(asked).toEqual(["late", "never"]);
    expect(heard).toEqual(["late peer one"]);
    expect(dropped).toEqual(["unknown"]);
  });

  it("without a name are dropped", () => {
    const { dropped, named } = made();
    named.onMessage(peer, Uint8Array.of(9, 65));
    named.onMessage(peer, new Uint8Array(0));
    expect(dropped).toEqual(["malformed", "malformed"]);
  });
});
