import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { StreamEnd } from "../../data/info-network/info-streams.contract.ts";
import { GrpcStream, type StreamParts } from "./grpc-stream.ts";
import { codeOfEnd } from "./stream-ends.ts";

export type ServerCall = ServerDuplexStream<Uint8Array, Uint8Array>;

/** RFC 9113 §7: the stream is no longer needed. */
const HTTP2_CANCEL = 8;

/** A stream that somebody opened to this node. */
export class IncomingStream extends GrpcStream {
  private readonly call: ServerCall;

  constructor(parts: StreamParts, call: ServerCall) {
    super(parts);
    this.call = call;
    call.on("data", (bytes: Uint8Array) => this.onData(bytes));
    call.on("end", () => {
      this.onGone("ok");
      call.end();
    });
    call.on("cancelled", () => {
      this.onGone("UNAVAILABLE");
      this.release();
    });
  }

  protected send(bytes: Uint8Array, onTaken: () => void): void {
    this.call.write(bytes, onTaken);
  }

  protected finish(why: StreamEnd, detail: string): void {
    refuse(this.call, why, detail);
  }

  protected cut(): void {
    const beneath = http2StreamOf(this.call);
    // Without it the status waits for a reader, for as long as the connection stands.
    if (beneath === undefined) this.call.destroy();
    else beneath.close(HTTP2_CANCEL);
  }
}

/** Ends a call after what was written on it. */
export function refuse(call: ServerCall, why: StreamEnd, detail: string): void {
  if (why === "ok") call.end();
  else
    call.emit("error", Object.assign(new Error(detail), { code: codeOfEnd(why), details: detail }));
}

/**
 * What a call of grpc-js runs on: the library has no way to cut off a call whose reader has
 * stopped.
 */
function http2StreamOf(call: object): { close(code: number): void } | undefined {
  const inner: unknown = Reflect.get(call, "call");
  const stream: unknown = isObject(inner) ? Reflect.get(inner, "stream") : undefined;
  return isClosable(stream) ? stream : undefined;
}

function isClosable(value: unknown): value is { close(code: number): void } {
  return isObject(value) && typeof Reflect.get(value, "close") === "function";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
