import { expect, test } from "vitest";
import { FakeIo } from "./fake-io.ts";
import { runCli } from "./run-cli.ts";

const line = (call: number, input: object, output: unknown) =>
  JSON.stringify({ process: "a", call, return: call + 1, input, output });
const written = line(0, { kind: "write", key: "r", value: "1" }, "");
const seen = (output: string) => line(2, { kind: "read", key: "r" }, output);

async function history(input: string, ...flags: readonly string[]) {
  const io = new FakeIo();
  io.input = input;
  return { code: await runCli(["history", "-", ...flags], io), out: io.stdout, err: io.stderr };
}

test("a history is judged, and the exit code says what came of it", async () => {
  expect(await history(`${written}\n${seen("1")}\n`)).toEqual({
    code: 0,
    out: "register: 2 operations, linearizable\n",
    err: "",
  });
  const stale = await history(`${written}\n${seen("")}\n`);
  expect(stale).toMatchObject({ code: 1, err: "" });
  expect(stale.out).toMatch(/NOT linearizable: of r, 1 of 2/);
  const json = JSON.parse((await history(`${written}\n${seen("")}\n`, "--json")).out);
  expect(json).toMatchObject([{ object: "register", verdict: { kind: "violated", part: "r" } }]);
});

test("what is no history is a mistake of who gave it", async () => {
  expect((await history(`${written}\n{}\n`)).err).toMatch(/USAGE.*Line 2/);
  expect(await history("")).toMatchObject({ code: 2 });
  const io = new FakeIo();
  expect(await runCli(["history", "/nowhere/at/all"], io)).toBe(2);
});
