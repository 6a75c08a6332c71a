import { describe, expect, it } from "vitest";
import { EventStreamReader } from "./event-stream-reader.ts";

const text =
  ': still here\n\nevent: ready\nid: 1\ndata: {"a":1}\n\n' +
  "event:member\ndata: one\r\ndata: two\r\n\r\n";

describe("a stream of events", () => {
  it("is cut into events, wherever the network cut it", () => {
    const whole = new EventStreamReader().push(text);
    expect(whole).toEqual([
      { name: "ready", data: '{"a":1}', id: "1" },
      { name: "member", data: "one\ntwo", id: "1" },
    ]);
    for (let cut = 0; cut <= text.length; cut += 1) {
      const reader = new EventStreamReader();
      const events = [...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))];
      expect(events).toEqual(whole);
    }
  });

  it("says nothing of comments, of fields it does not know, or of what is not over", () => {
    const reader = new EventStreamReader();
    expect(reader.push(": x\n\nretry: 5\n\ndata: half\n")).toEqual([]);
    expect(reader.push("\n")).toEqual([{ name: "message", data: "half" }]);
  });
});
