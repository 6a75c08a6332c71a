import type { Socket } from "node:net";
import type { Address } from "../../core/address.ts";
import type { ByteStream, StreamListener } from "../transport.ts";

/**
 * One TCP connection, either end. It hears every event of its socket, so none can crash the
 * process.
 */
export class TcpStream implements ByteStream {
  readonly remote: Address;
  private readonly socket: Socket;
  private readonly idleMs: number;
  private listener: StreamListener | undefined;
  private error: Error | undefined;
  private hasEnded = false;

  constructor(socket: Socket, remote: Address, idleMs: number) {
    this.socket = socket;
    this.remote = remote;
    this.idleMs = idleMs;
  }

  /** Begins to listen. `timeoutMs` bounds the time until the connection stands; 0 when it does. */
  listen(listener: StreamListener, timeoutMs: number): void {
    const { socket } = this;
    this.listener = listener;
    socket.setNoDelay(true);
    socket.setTimeout(timeoutMs > 0 ? timeoutMs : this.idleMs, () => this.onIdle());
    socket.on("connect", () => {
      socket.setTimeout(this.idleMs);
      listener.onOpen?.();
    });
    socket.on("data", (bytes: Uint8Array) => listener.onBytes(bytes));
    socket.on("drain", () => listener.onDrain?.());
    socket.on("end", () => listener.onEnd?.());
    socket.on("error", (error) => {
      this.error ??= error;
    });
    socket.on("close", () => this.onClose());
  }

  write(bytes: Uint8Array): boolean {
    if (this.hasEnded || this.socket.destroyed) return true;
    this.gather();
    return this.socket.write(bytes);
  }

  /** What several steps write because of one event goes to the system in one call. */
  private gather(): void {
    const { socket } = this;
    if (socket.writableCorked > 0 || socket.connecting) return;
    socket.cork();
    queueMicrotask(() => socket.uncork());
  }

  get waitingBytes(): number {
    return this.socket.destroyed ? 0 : this.socket.writableLength;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.socket.end();
  }

  destroy(): void {
    // A reset tells the peer at once. A socket still connecting would wait to send it, and one that
    // has ended its half must not: libuv refuses to reset it, and Node then never closes it.
    const canReset = !this.hasEnded && !this.socket.connecting;
    this.hasEnded = true;
    if (canReset) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  /** Sends what is queued, then closes without waiting for the peer to end its half. */
  endSoon(): void {
    this.hasEnded = true;
    this.socket.destroySoon();
  }

  private onIdle(): void {
    const isDialing = this.socket.connecting;
    const what = isDialing ? "no connection in time" : "nothing moved on the stream";
    this.error ??= Object.assign(new Error(what), { code: "ETIMEDOUT" });
    this.hasEnded = true;
    this.socket.destroy();
  }

  private onClose(): void {
    const { listener } = this;
    this.listener = undefined;
    listener?.onClose(this.error);
  }
}
