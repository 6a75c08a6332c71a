import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parsePast, pastText } from "./past-keeper.ts";
import { RememberedFile } from "./remembered-file.ts";

const members = [
  { name: "a", address: { host: "10.0.0.2", port: 7946 }, seenAtMs: 1_800_000_000_000 },
  { name: "ü/[b]", address: { host: "2001:db8::1", port: 1 }, seenAtMs: 5 },
];

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hearsay-past-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const lines: string[] = [];
function file(at = directory): RememberedFile {
  lines.length = 0;
  return new RememberedFile(at, { warn: (message) => void lines.push(message) });
}

function textOf(body: string): string {
  return `${crc32(body).toString(16).padStart(8, "0")}\n${body}\n`;
}

describe("the file of past members", () => {
  test("gives back what was written, and is nothing at first", async () => {
    const first = file(join(directory, "new", "deep"));
    expect(first.read()).toEqual([]);
    first.write(members);
    await first.close();
    expect(file(join(directory, "new", "deep")).read()).toEqual(members);
    expect(lines).toEqual([]);
  });

  test("of many writes at once keeps the last, and leaves nothing beside it", async () => {
    const past = file();
    for (let i = 0; i < 50; i += 1) past.write(members.slice(0, i % 2));
    past.write(members);
    await past.close();
    expect(past.read()).toEqual(members);
    expect(readdirSync(directory)).toEqual(["members.json"]);
  });

  test.each([
    ["cut short", pastText(members).slice(0, 40)],
    ["flipped", pastText(members).replace("7946", "7947")],
    ["empty", ""],
    ["no JSON", textOf("{")],
    ["no object", textOf("3")],
    ["no list", textOf('{"format":1,"members":{}}')],
    ["a bad row", textOf('{"format":1,"members":[["a","10.0.0.2:0",5]]}')],
    ["a host name", textOf('{"format":1,"members":[["a","example.org:1",5]]}')],
    ["a bad time", textOf('{"format":1,"members":[["a","10.0.0.2:1",1.5]]}')],
    ["a bad format", textOf('{"format":0.5,"members":[]}')],
  ])("that is damaged (%s) is set aside and reported, and the node starts", (_, text) => {
    const past = file();
    writeFileSync(past.path, text);
    expect(past.read()).toEqual([]);
    expect(lines).toEqual([expect.stringMatching(/members\.json is damaged .*set aside/)]);
    expect(existsSync(past.path)).toBe(false);
    expect(readFileSync(`${past.path}.damaged`, "utf8")).toBe(text);
    expect(file().read()).toEqual([]);
  });

  test("of a newer release is refused by name, with the fix, and left alone", () => {
    const past = file();
    const text = textOf('{"format":2,"people":[]}');
    writeFileSync(past.path, text);
    expect(() => past.read()).toThrow(/DATA_DIR.*members\.json.*format 2.*delete/);
    expect(readFileSync(past.path, "utf8")).toBe(text);
  });

  test("that cannot be read is an error; one that cannot be written is one line", async () => {
    const past = file();
    mkdirSync(past.path);
    expect(() => past.read()).toThrow(/DATA_DIR.*cannot be read/);
    past.write(members);
    await past.close();
    past.write(members);
    await past.close();
    expect(lines).toEqual([expect.stringMatching(/cannot be written; check space/)]);
  });
});

test("any text reads as members, damaged or newer, and never throws", () => {
  for (const text of ["\n", "00000000\n", "\n\n\n", textOf("null"), textOf("[]"), "\u0000"]) {
    expect(parsePast(text).kind).toBe("damaged");
  }
});
