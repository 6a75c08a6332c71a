/** Streams that take long to read are read in slices; what comes out is the same. */
import { describe, expect, it } from "vitest";
import { Keyring } from "../../../wire/keyring.ts";
import type { PushPullNode, SwimMessage } from "../swim.messages.ts";
import { StreamCodec, type StreamOutcome } from "./stream.wire.ts";
import { encodeSwim } from "./swim.wire.ts";

const clear = {
  label: "",
  keyring: undefined,
  verifyIncoming: true,
  verifyOutgoing: true,
  compression: "off",
} as const;

function stateOf(nodesCount: number): SwimMessage {
  const vsn = Uint8Array.of(1, 5, 2, 2, 5, 5);
  const nodes: PushPullNode[] = Array.from({ length: nodesCount }, (_, at) => ({
    name: `node-${at}`,
    addr: Uint8Array.of(10, at >> 16, (at >> 8) & 255, at & 255),
    port: 7_946,
    meta: new Uint8Array(30).fill(at & 255),
    incarnation: 1 + at,
    state: at % 4,
    vsn,
  }));
  return { kind: "pushPull", join: true, nodes, userState: new Uint8Array(1_000_000).fill(5) };
}

function readAll(
  codec: StreamCodec,
  bytes: Uint8Array,
  chunkBytes: number,
): { readonly outcome: StreamOutcome; readonly slices: number } {
  const decoder = codec.decoder("acceptor");
  let slices = 0;
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    let outcome = decoder.feed(bytes.subarray(at, at + chunkBytes));
    for (; outcome.kind === "busy"; outcome = decoder.feed(new Uint8Array(0))) slices += 1;
    if (outcome.kind !== "more") return { outcome, slices };
  }
  return { outcome: { kind: "more" }, slices };
}

const keyring = new Keyring([new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)]);

describe("a large stream", () => {
  const state = stateOf(10_000);
  const plain = Uint8Array.from(encodeSwim(state));
  it.each([
    ["in clear", clear],
    ["compressed", { ...clear, compression: "lzw" }],
    ["sealed", { ...clear, keyring }],
    ["labelled, sealed and compressed", { ...clear, label: "b", keyring, compression: "lzw" }],
  ] as const)("%s is read in slices, whole or in chunks", (_, options) => {
    const codec = new StreamCodec(options);
    const bytes = Uint8Array.from(codec.encodeRequest(state));
    for (const chunkBytes of [bytes.length, 65_536]) {
      const { outcome, slices } = readAll(codec, bytes, chunkBytes);
      // What comes in chunks and is read as it comes is in slices already.
      const isAtOnce = chunkBytes === bytes.length || options !== clear;
      if (isAtOnce) expect(slices).toBeGreaterThan(1);
      if (outcome.kind !== "message") throw new Error(`it was ${outcome.kind}`);
      expect(Buffer.compare(encodeSwim(outcome.message), plain)).toBe(0);
    }
  });

  it("is tried with one key a slice", () => {
    const keys = Array.from({ length: 9 }, (_, at) => new Uint8Array(16).fill(at + 10));
    const codec = new StreamCodec({ ...clear, keyring: new Keyring(keys) });
    const junk = new Uint8Array(3_000_000).fill(1);
    junk[0] = 10;
    Buffer.from(junk.buffer).writeUInt32BE(junk.length - 5, 1);
    const { outcome, slices } = readAll(codec, junk, junk.length);
    expect(outcome).toMatchObject({ kind: "error", reason: "decrypt" });
    expect(slices).toBe(9);
  });

  it("says how much memory it takes up while it is unpacked", () => {
    const codec = new StreamCodec({ ...clear, compression: "lzw" });
    const bytes = Uint8Array.from(
      codec.encodeRequest({ kind: "user", payload: new Uint8Array(15_000_000) }),
    );
    expect(bytes.length).toBeLessThan(20_000);
    const decoder = codec.decoder("acceptor");
    let largest = 0;
    let outcome = decoder.feed(bytes);
    for (; outcome.kind === "busy"; outcome = decoder.feed(new Uint8Array(0))) {
      largest = Math.max(largest, decoder.heldBytes);
    }
    expect(outcome.kind).toBe("message");
    expect(largest).toBeGreaterThan(13_000_000);
  });
});
