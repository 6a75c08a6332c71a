/** Longest event a client takes: a 1 MiB value, escaped, with its envelope. */
const eventMaxChars = 8 * 1_048_576;

/**
 * Reads server-sent events: the text of each `data`. Comments and other fields are skipped.
 * @throws Error when one event is absurdly long.
 */
export class EventStreamReader {
  private rest = "";
  private data: string[] = [];
  private id: string | undefined;

  /** Of the last event that had one: after it a stream can go on. */
  get lastId(): string | undefined {
    return this.id;
  }

  /** Takes the next piece of the stream; returns the events that it completed. */
  take(text: string): readonly string[] {
    const events: string[] = [];
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    if (this.rest.length > eventMaxChars) throw new Error("an event of the stream is too long");
    for (const line of lines) {
      const event = this.takeLine(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  private takeLine(line: string): string | undefined {
    if (line.startsWith("id:")) this.id = line.slice(3).trim();
    if (line.startsWith("data:")) {
      this.data.push(line.slice(line[5] === " " ? 6 : 5));
      return undefined;
    }
    if (line !== "" || this.data.length === 0) return undefined;
    const event = this.data.join("\n");
    this.data = [];
    return event;
  }
}
