import { encode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import { Keyring } from "../../../wire/keyring.ts";
import type { SwimMessage } from "../swim.messages.ts";
import { StreamCodec } from "./stream.wire.ts";

const key = new Uint8Array(16).fill(1);
const clear = {
  label: "",
  keyring: undefined,
  verifyIncoming: true,
  verifyOutgoing: true,
  compression: "off",
} as const;
const user: SwimMessage = { kind: "user", payload: Buffer.from("hello") };
const ack: SwimMessage = { kind: "ack", seqNo: 7, payload: Buffer.from("x") };

function codec(options: Partial<ConstructorParameters<typeof StreamCodec>[0]> = {}): StreamCodec {
  return new StreamCodec({ ...clear, ...options });
}

function bytes(...parts: readonly (number | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === "number" ? Uint8Array.of(part) : part)),
  );
}

describe("StreamCodec", () => {
  it("writes the label for the dialer only, and seals both ways with it", () => {
    const sealing = codec({ label: "blue", keyring: new Keyring([key]) });
    const request = sealing.encodeRequest(user);
    const reply = sealing.encodeReply(ack);
    expect([request[0], request[6]]).toEqual([0xf4, 10]);
    expect(reply[0]).toBe(10);
    expect(sealing.decoder("acceptor").feed(request)).toEqual({ kind: "message", message: user });
    expect(sealing.decoder("dialer").feed(reply)).toEqual({ kind: "message", message: ack });
    const unlabelled = codec({ keyring: new Keyring([key]) });
    expect(unlabelled.decoder("dialer").feed(reply)).toMatchObject({ reason: "decrypt" });
  });

  it("refuses a member as large as a packet, however it comes", () => {
    const head = bytes(6, encode({ Join: false, Nodes: 1, UserStateLen: 0 }));
    const name = bytes(0x81, 0xa4, Buffer.from("Name"), 0xdb, 0, 0x20, 0, 0);
    const many = bytes(0xdf, 0, 0x10, 0, 0, new Uint8Array(2_000_000).fill(0xa0));
    for (const node of [bytes(name, new Uint8Array(2_097_152).fill(0xff)), many]) {
      const whole = codec().decoder("acceptor").feed(bytes(head, node));
      expect(whole).toMatchObject({ kind: "error", reason: expect.stringMatching(/^(tooL|malf)/) });
      const decoder = codec().decoder("acceptor");
      let outcome = decoder.feed(head);
      let fed = 0;
      for (; outcome.kind === "more" && fed < node.length; fed += 4_096) {
        outcome = decoder.feed(node.subarray(fed, fed + 4_096));
      }
      expect(outcome.kind).toBe("error");
      expect(fed).toBeLessThanOrEqual(65_536 + 4_096);
    }
  });

  it("closes without a word on another label", () => {
    const request = codec({ label: "blue" }).encodeRequest(user);
    for (const label of ["", "red", "bluer"]) {
      const outcome = codec({ label }).decoder("acceptor").feed(request);
      expect(outcome).toEqual({ kind: "error", reason: "label", reply: undefined });
    }
    const bare = codec().encodeRequest(user);
    expect(codec({ label: "blue" }).decoder("acceptor").feed(bare)).toMatchObject({
      reason: "label",
    });
  });

  it("answers an acceptor's framing errors in memberlist's words, and never as a dialer", () => {
    const keyring = new Keyring([key]);
    const sealed = codec({ keyring }).encodeRequest(user);
    const plain = codec().encodeRequest(user);
    expect(codec({ keyring }).decoder("acceptor").feed(plain)).toEqual({
      kind: "error",
      reason: "encryption",
      reply: { kind: "err", error: "Encryption is configured but remote state is not encrypted" },
    });
    expect(codec().decoder("acceptor").feed(sealed)).toMatchObject({
      reason: "encryption",
      reply: { error: "Remote state is encrypted and encryption is not configured" },
    });
    const other = codec({ keyring: new Keyring([new Uint8Array(16)]) });
    expect(other.decoder("acceptor").feed(sealed)).toMatchObject({
      reason: "decrypt",
      reply: { kind: "err" },
    });
    expect(codec().decoder("dialer").feed(sealed)).toMatchObject({ reply: undefined });
    const unknown = bytes(9, encode({ Algo: 5 }));
    expect(codec().decoder("acceptor").feed(unknown)).toMatchObject({
      reason: "compression",
      reply: { error: "Cannot decompress unknown algorithm 5" },
    });
  });

  it("takes clear streams while keys are rolled out", () => {
    const lenient = codec({ keyring: new Keyring([key]), verifyIncoming: false });
    expect(lenient.decoder("acceptor").feed(codec().encodeRequest(user))).toMatchObject({
      message: user,
    });
  });

  it("compresses even what grows", () => {
    const request = codec({ compression: "lzw" }).encodeRequest(user);
    expect(request[0]).toBe(9);
    expect(codec().decoder("acceptor").feed(request)).toEqual({ kind: "message", message: user });
  });

  it("closes without a word on bad bodies, unknown types and types of the other role", () => {
    const cases: readonly [Uint8Array, string][] = [
      [bytes(2, encode({ SeqNo: 1 })), "misplacedType"],
      [bytes(4, encode({})), "misplacedType"],
      [bytes(0x48, 1), "unknownType"],
      [bytes(6, encode("no map")), "malformed"],
      [bytes(6, encode({ Nodes: -1 })), "number"],
      [bytes(6, encode({ Nodes: 1_048_577 })), "tooLarge"],
      [bytes(6, encode({ UserStateLen: 1001 })), "tooLarge"],
      [bytes(8, encode({ UserMsgLen: 1001 })), "tooLarge"],
      [bytes(6, 0xc1), "malformed"],
    ];
    for (const [request, reason] of cases) {
      const outcome = codec({ streamMaxBytes: 1000 }).decoder("acceptor").feed(request);
      expect(outcome).toEqual({ kind: "error", reason, reply: undefined });
    }
  });

  it("decodes no push/pull of more members than the node would take", () => {
    const { length } = [0x80, 0x80, 0x80];
    const request = bytes(6, encode({ Nodes: length }), Uint8Array.of(0x80, 0x80, 0x80));
    const read = (nodesMaxCount: number) =>
      codec({ nodesMaxCount }).decoder("acceptor").feed(request);
    expect(read(length)).toMatchObject({ kind: "message" });
    expect(read(length - 1)).toEqual({ kind: "error", reason: "tooLarge", reply: undefined });
  });

  it("holds no more than a message of the bound", () => {
    const decoder = codec({ streamMaxBytes: 1000 }).decoder("acceptor");
    let outcome = decoder.feed(bytes(6, encode({ Nodes: 1000 })));
    for (let i = 0; i < 30 && outcome.kind === "more"; i += 1) {
      outcome = decoder.feed(encode({ Meta: new Uint8Array(100) }));
    }
    expect(outcome).toMatchObject({ kind: "error", reason: "tooLarge" });
    const frame = bytes(10, Uint8Array.of(0, 0, 4, 0));
    const sealing = codec({ streamMaxBytes: 1000, keyring: new Keyring([key]) });
    expect(sealing.decoder("acceptor").feed(frame)).toMatchObject({ reason: "tooLarge" });
  });

  it("does not wait for bytes that cannot come, inside a seal", () => {
    const keyring = new Keyring([key]);
    const whole = codec().encodeRequest(user);
    const cutInside = codec({ keyring, compression: "off" });
    const request = cutInside.encodeRequest({
      kind: "pushPull",
      join: true,
      nodes: [],
      userState: whole,
    });
    expect(cutInside.decoder("acceptor").feed(request)).toMatchObject({ kind: "message" });
    const lying = bytes(9, encode({ Algo: 0, Buf: Uint8Array.of(0, 3, 2) }));
    expect(codec().decoder("acceptor").feed(lying)).toMatchObject({ reason: "empty" });
  });

  it("says the same again after its end", () => {
    const decoder = codec().decoder("acceptor");
    const outcome = decoder.feed(codec().encodeRequest(user));
    expect(decoder.feed(Uint8Array.of(1, 2, 3))).toBe(outcome);
  });
});
