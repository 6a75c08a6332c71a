/** One event of a server-sent stream. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
  /** Of the last event that had one: from there a broken stream goes on. */
  readonly id?: string;
}

/**
 * Cuts a stream of server-sent events into events. Browsers have this as EventSource, which cannot
 * show a token. [HTML Living Standard, 9.2.6]
 */
export class EventStreamReader {
  private rest = "";
  private name = "";
  private id: string | undefined;
  private data: string[] = [];

  push(text: string): StreamEvent[] {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    const events: StreamEvent[] = [];
    for (const line of lines) {
      const event = this.takeLine(line);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  private takeLine(line: string): StreamEvent | undefined {
    if (line === "") return this.takeEvent();
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === "event") this.name = value;
    else if (field === "id") this.id = value;
    else if (field === "data") this.data.push(value);
    return undefined;
  }

  private takeEvent(): StreamEvent | undefined {
    const { data, name } = this;
    this.name = "";
    this.data = [];
    if (data.length === 0) return undefined;
    const event = { name: name === "" ? "message" : name, data: data.join("\n") };
    return this.id === undefined ? event : { ...event, id: this.id };
  }
}
