import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A line to a server that can be cut, as a proxy that is restarted cuts it. */
export class CuttableLine {
  private readonly target: URL;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.join(client));
  private isCut = false;

  constructor(target: string) {
    this.target = new URL(target);
  }

  /** @returns the address under which the target is reached by this line. */
  async open(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** Ends what is under way, and whatever comes, until it is mended. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private join(client: Socket): void {
    if (this.isCut) return void client.destroy();
    const server = connect(Number(this.target.port), this.target.hostname);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}
