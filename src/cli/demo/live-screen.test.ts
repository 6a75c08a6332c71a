import { expect, test } from "vitest";
import { FakeIo } from "../fake-io.ts";
import { LiveScreen } from "./live-screen.ts";

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

/** What stands on a terminal after `text`, for the two control sequences that are used. */
function onTerminal(text: string): string {
  let lines: string[] = [""];
  for (const part of text.replaceAll("\u001b", "\n^").split(/(\n\^\[\d+[AJ]|\n)/)) {
    const up = /\[(\d+)A/.exec(part);
    if (up !== null) lines = [...lines.slice(0, lines.length - 1 - Number(up[1])), ""];
    else if (part === "\n") lines.push("");
    else if (!part.startsWith("\n^")) lines[lines.length - 1] += part;
  }
  return lines.join("\n");
}

test("on a terminal the block is drawn over itself, lines scroll above it", async () => {
  const io = new FakeIo({ columns: 120 });
  const live = new LiveScreen(io.out, 1, 80);
  live.say("begin");
  live.update(() => "one\ntwo");
  await pause();
  live.update(() => "three\nfour");
  live.update(() => "never drawn, for one is on its way");
  await pause();
  live.say("middle");
  expect(onTerminal(io.stdout)).toBe("begin\nmiddle\nthree\nfour\n");
  live.settle("last");
  live.say("end");
  expect(onTerminal(io.stdout)).toBe("begin\nmiddle\nlast\nend\n");
});

test("elsewhere, and on a narrow terminal, there are only lines", async () => {
  for (const io of [new FakeIo(), new FakeIo({ columns: 40 })]) {
    const live = new LiveScreen(io.out, 1, 80);
    live.say("begin");
    live.update(() => "one");
    await pause();
    live.settle("last");
    expect(io.stdout).toBe("begin\nlast\n");
  }
});
