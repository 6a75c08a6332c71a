/** A small name server on loopback, for tests of discovery. */
import { createSocket } from "node:dgram";
import { type Answer, decode, encode } from "dns-packet";

export class DnsRig {
  private readonly socket = createSocket("udp4");
  /** What is answered, by name; tests change it. */
  readonly records = new Map<string, readonly Answer[]>();
  questionsCount = 0;

  async listen(): Promise<string> {
    this.socket.on("message", (bytes, { address, port }) => {
      const { id = 0, questions = [] } = decode(bytes);
      const [question] = questions;
      this.questionsCount += 1;
      const known = this.records.get(question?.name ?? "");
      const answers = (known ?? []).filter(({ type }) => type === question?.type);
      // 3: there is no such name.
      const flags = 0x0400 | (known === undefined ? 3 : 0);
      this.socket.send(encode({ type: "response", id, flags, questions, answers }), port, address);
    });
    await new Promise<void>((resolve) => this.socket.bind(0, "127.0.0.1", resolve));
    return `127.0.0.1:${this.socket.address().port}`;
  }

  close(): void {
    this.socket.close();
  }
}
