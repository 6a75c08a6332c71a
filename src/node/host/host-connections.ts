import type { Address } from "../../core/address.ts";
import type { ConnectionDoor, ConnectionId, ConnectionListener } from "../../core/connections.ts";
import type { ByteStream, StreamListener, Transport } from "../../transport/transport.ts";
import type { Clock } from "./clock.ts";
import { Departures, type Hold } from "./departures.ts";
import type { HostOptions } from "./host.options.ts";
import type { HostCounts } from "./host-counts.ts";

export interface ConnectionPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly counts: HostCounts;
  readonly options: HostOptions;
  /** What a dialer writes first. */
  readonly preamble: Uint8Array;
  /** Runs `body` as a step. */
  runStep(body: () => void): void;
  /** Called when something is to leave: at once when no step runs. */
  onQueued(): void;
}

type Departure =
  | { readonly kind: "dial"; readonly connection: HostConnection }
  | { readonly kind: "bytes"; readonly connection: HostConnection; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly connection: HostConnection };

/** The long-lived connections of a real node, within bounds of number and time. */
export class HostConnections implements ConnectionDoor {
  private readonly ports: ConnectionPorts;
  private readonly open = new Map<ConnectionId, HostConnection>();
  private readonly departures: Departures<Departure>;
  private listener: ConnectionListener | undefined;
  private nextId = 1;

  constructor(ports: ConnectionPorts) {
    this.ports = ports;
    this.departures = new Departures((departure) => this.leave(departure));
  }

  mount<L extends ConnectionListener>(make: (door: ConnectionDoor) => L): L {
    if (this.listener !== undefined) throw new Error("connections have an owner already");
    const listener = make(this);
    this.listener = listener;
    return listener;
  }

  connect(to: Address, timeoutMs: number): ConnectionId {
    const connection = this.newConnection();
    if (this.open.size >= this.ports.options.connectionsMaxCount) {
      const refuse = (): void => connection.onClose(new Error("too many connections"));
      this.ports.clock.set({ fire: refuse }, 0);
    } else {
      connection.dialling = { to, timeoutMs };
      this.queue({ kind: "dial", connection });
    }
    this.open.set(connection.id, connection);
    return connection.id;
  }

  write(id: ConnectionId, bytes: Uint8Array): void {
    const connection = this.open.get(id);
    if (connection === undefined) return;
    connection.hold(bytes.length);
    this.queue({ kind: "bytes", connection, bytes });
  }

  waitingBytes(id: ConnectionId): number {
    const connection = this.open.get(id);
    if (connection === undefined) return 0;
    return connection.heldBytes + (connection.stream?.waitingBytes ?? 0);
  }

  pause(id: ConnectionId): void {
    this.open.get(id)?.stream?.pause();
  }

  resume(id: ConnectionId): void {
    this.open.get(id)?.stream?.resume();
  }

  close(id: ConnectionId): void {
    const connection = this.open.get(id);
    if (connection === undefined) return;
    connection.isHeard = false;
    this.open.delete(id);
    this.queue({ kind: "close", connection });
  }

  destroy(id: ConnectionId): void {
    const connection = this.open.get(id);
    if (connection === undefined) return;
    this.open.delete(id);
    connection.destroy();
  }

  /**
   * A peer's connection, behind its preamble.
   * @returns who listens to it from now on; undefined when there is no room, or nobody.
   */
  accept(stream: ByteStream): StreamListener | undefined {
    const { counts, clock, options } = this.ports;
    const { listener } = this;
    const isFull = this.open.size >= options.connectionsMaxCount;
    if (listener === undefined || isFull) {
      const reason = isFull ? "connection.tooMany" : "connection.nobody";
      counts.drop(reason, clock.now(), stream.remote);
      return undefined;
    }
    const connection = this.newConnection();
    connection.stream = stream;
    this.open.set(connection.id, connection);
    counts.connectionsOpened += 1;
    this.ports.runStep(() => listener.onAccepted(connection.id, stream.remote));
    return connection;
  }

  endStep(hold?: Hold): void {
    this.departures.endStep(hold);
  }

  /** The node stops: nobody hears of anything any more; what is queued still leaves. */
  clear(): void {
    this.departures.endStep();
    this.departures.clear();
    this.listener = undefined;
    this.open.clear();
  }

  onOpen(connection: HostConnection): void {
    this.ports.counts.connectionsOpened += 1;
    this.tell(connection, (listener) => listener.onConnected(connection.id));
  }

  onBytes(connection: HostConnection, bytes: Uint8Array): void {
    const { counts } = this.ports;
    counts.chunksReceived += 1;
    counts.connectionBytesReceived += bytes.length;
    this.tell(connection, (listener) => listener.onBytes(connection.id, bytes));
  }

  onDrain(connection: HostConnection): void {
    this.tell(connection, (listener) => listener.onDrained(connection.id));
  }

  onGone(connection: HostConnection, detail: string): void {
    this.ports.clock.clear(connection.deadline);
    this.tell(connection, (listener) => listener.onClosed(connection.id, detail));
  }

  private tell(connection: HostConnection, what: (listener: ConnectionListener) => void): void {
    const { listener } = this;
    if (listener === undefined || !connection.isHeard) return;
    this.ports.runStep(() => what(listener));
  }

  private queue(departure: Departure): void {
    this.departures.put(departure);
    this.ports.onQueued();
  }

  private leave(departure: Departure): void {
    const { connection } = departure;
    if (departure.kind === "dial") this.dial(connection);
    else if (departure.kind === "close") this.end(connection);
    else {
      this.ports.counts.connectionBytesSent += departure.bytes.length;
      connection.release(departure.bytes);
    }
  }

  private dial(connection: HostConnection): void {
    const { dialling } = connection;
    if (dialling === undefined || connection.isGone) return;
    const { preamble, transport } = this.ports;
    connection.stream = transport.dial(dialling.to, dialling.timeoutMs, connection);
    connection.stream.write(preamble);
  }

  /** A peer that does not close its end is not waited for for ever. */
  private end(connection: HostConnection): void {
    const { clock, options } = this.ports;
    if (connection.isGone) return;
    connection.stream?.end();
    const cutOff = { fire: () => connection.destroy() };
    connection.deadline = clock.set(cutOff, options.connectionCloseMaxMs);
  }

  /** Forgets one that has ended by itself. */
  forget(connection: HostConnection): void {
    this.open.delete(connection.id);
  }

  private newConnection(): HostConnection {
    const id = this.nextId as ConnectionId;
    this.nextId += 1;
    return new HostConnection(this, id);
  }
}

/** Of so many bytes queued in a step somebody may wait to hear that they are gone. */
const MUCH_BYTES = 16_384;

/** One connection, either end. */
class HostConnection implements StreamListener {
  readonly id: ConnectionId;
  stream: ByteStream | undefined;
  dialling: { readonly to: Address; readonly timeoutMs: number } | undefined;
  /** Bytes that wait for the end of a step, or for the disk. */
  heldBytes = 0;
  /** The most that `heldBytes` was since it was 0. */
  private heldMostBytes = 0;
  /** False once its owner has let go of it. */
  isHeard = true;
  isGone = false;
  /** Of the timer that cuts it off. */
  deadline = -1;
  private readonly host: HostConnections;

  constructor(host: HostConnections, id: ConnectionId) {
    this.host = host;
    this.id = id;
  }

  /** The step that queued these bytes has not ended, or waits for the disk. */
  hold(bytesCount: number): void {
    this.heldBytes += bytesCount;
    this.heldMostBytes = Math.max(this.heldMostBytes, this.heldBytes);
  }

  release(bytes: Uint8Array): void {
    this.heldBytes -= bytes.length;
    const mayGoOn = this.stream?.write(bytes) ?? true;
    if (this.heldBytes > 0) return;
    const wasMuch = this.heldMostBytes >= MUCH_BYTES;
    this.heldMostBytes = 0;
    // Where the system takes all at once, no stream says that it is drained.
    if (wasMuch && mayGoOn) setImmediate(() => this.host.onDrain(this));
  }

  onOpen(): void {
    this.host.onOpen(this);
  }

  onBytes(bytes: Uint8Array): void {
    if (this.isHeard) this.host.onBytes(this, bytes);
  }

  onDrain(): void {
    this.host.onDrain(this);
  }

  /** Half a connection is of no use. */
  onEnd(): void {
    this.stream?.end();
    this.finish("the peer closed it");
  }

  onClose(error: Error | undefined): void {
    this.isGone = true;
    this.finish(error?.message ?? "it was closed");
  }

  destroy(): void {
    this.isHeard = false;
    this.isGone = true;
    this.stream?.destroy();
    this.host.onGone(this, "");
  }

  private finish(detail: string): void {
    this.host.forget(this);
    this.host.onGone(this, detail);
    this.isHeard = false;
  }
}
