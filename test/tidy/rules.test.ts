import { describe, expect, it } from "vitest";
import { optionOffences } from "./option-rules.ts";
import { pureOffences } from "./pure-rules.ts";
import { shapeOffences } from "./shape-rules.ts";
import { type Offence, parse } from "./source.ts";
import { textOffences } from "./text-rules.ts";
import { lonelyFiles, slicesWithoutTest } from "./tree-rules.ts";

const rulesOf = (offences: readonly Offence[]): string[] => offences.map(({ rule }) => rule);
const shape = (path: string, text: string): string[] => rulesOf(shapeOffences(parse(path, text)));
const pure = (text: string, path = "src/core/a.ts"): string[] =>
  pureOffences(parse(path, text)).map(({ key }) => key.split("#")[1] ?? "");

describe("pure layers", () => {
  it.each([
    ["const t = Date.now();", "Date"],
    ["const t = performance.now();", "performance"],
    ["const r = Math.random();", "Math.random"],
    ["const r = Math.log(2);", "Math.log"],
    ["const r = Math.exp(2);", "Math.exp"],
    ["const r = Math.pow(2, x);", "Math.pow"],
    ["const r = Math.sin(x);", "Math.sin"],
    ["const r = 2 ** x;", "**"],
    ["setTimeout(f, 1);", "setTimeout"],
    ["queueMicrotask(f);", "queueMicrotask"],
    ["console.log(1);", "console"],
    ["const e = process.env;", "process"],
    ["const b = Buffer.alloc(1);", "Buffer"],
    ["const b = new TextEncoder();", "TextEncoder"],
    ["class A extends EventEmitter {}", "EventEmitter"],
    ["async function f() {}", "async"],
    ["declare const p: Promise<void>;", "Promise"],
    ["for (const k in o) f(k);", "for…in"],
    ["const c = a.localeCompare(b);", "localeCompare"],
  ])("%s is caught", (text, word) => {
    expect(pure(text)).toContain(word);
  });

  it("names the replacement", () => {
    const [first] = pureOffences(parse("src/data/a.ts", "const t = Math.log(2);"));
    expect(first?.message).toContain("core/math.ts");
  });

  it.each([
    "const r = Math.sqrt(2) + Math.max(1, 2) + Math.LN2 + 2 ** 32;",
    "const p = host.process; const q = { Date: 1 };",
    "interface A { readonly process: number; Promise(): void }",
  ])("%s is allowed", (text) => {
    expect(pure(text)).toEqual([]);
  });

  it("ends at tests, wire files and hosts, and covers the simulator but for waiting", () => {
    for (const path of ["src/core/a.test.ts", "src/peers/swim/a.wire.ts", "src/node/a.ts"]) {
      expect(pure("const t = Date.now();", path)).toEqual([]);
    }
    const simulator = "async function f() { await g(Date.now()); }";
    expect(pure(simulator, "src/sim/a.ts")).toEqual(["Date"]);
  });
});

describe("shape", () => {
  const body = (lines: number): string => "  g();\n".repeat(lines);
  it.each([
    ["columns", `const a = "${"x".repeat(100)}";\n`],
    ["file-length", "const a = 1;\n".repeat(401)],
    ["function-length", `function f() {\n${body(59)}}\n`],
    ["function-length", `class A {\n  m() {\n${body(59)}  }\n}\n`],
    ["function-length", `const f = () => {\n${body(59)}};\n`],
    ["parameters", "function f(a: A, b: A, c: A, d: A, e: A) {}\n"],
    ["boolean-parameter", "function f(a: A, isLoud: boolean) {}\n"],
    ["boolean-parameter", "class A { m(isLoud = false) {} }\n"],
    ["no-enum", "enum A { B }\n"],
    ["no-namespace", "namespace A { export const b = 1; }\n"],
    ["no-default-export", "export default 1;\n"],
    ["no-default-export", "export default function f() {}\n"],
    ["no-default-export", "const a = 1;\nexport { a as default };\n"],
    ["empty-name", "class ConnectionManager {}\n"],
  ])("%s", (rule, text) => {
    expect(shape("src/node/a.ts", text)).toEqual([rule]);
  });

  it("calls a file by what it is", () => {
    expect(shape("src/node/text-utils.ts", "\n")).toEqual(["empty-name"]);
  });

  it.each([
    ["src/node/a.ts", `function f() {\n${body(58)}}\n`],
    ["src/node/a.ts", "const a = 1;\n".repeat(400)],
    ["src/node/a.ts", "function f(this: A, a: A, b: A, c: A, d: A) {}\n"],
    ["src/node/a.ts", "declare module 'x' { const y: number; }\n"],
    ["src/node/a.test.ts", `describe("a", () => {\n${body(90)}});\n`],
    ["src/testing/a.ts", `function f() {\n  api.test("a", () => {});\n${body(90)}}\n`],
    ["src/wire/gen/a.ts", `const a = "${"x".repeat(100)}";\n`],
    ["vitest.config.ts", "export default 1;\n"],
  ])("%s may be so", (path, text) => {
    expect(shape(path, text)).toEqual([]);
  });
});

describe("options", () => {
  const options = (entry: string): string[] =>
    rulesOf(
      optionOffences(
        parse("src/a/a.options.ts", `export const aDefaults = {\n${entry}\n} as const;`),
      ),
    );

  it.each([
    ["no unit", "/** Time. [guess] */\ninterval: 1,"],
    ["no provenance", "/** Time. */\nintervalMs: 1,"],
    ["no comment", "intervalMs: 1,"],
    ["a boolean", "/** On. [guess] */\nstreamPing: true,"],
    ["a comment that is not for documentation", "// Time. [guess]\nintervalMs: 1,"],
  ])("%s", (_what, entry) => {
    expect(options(entry)).toEqual(["options"]);
  });

  it("may be numbers with a unit, and names", () => {
    const names = '/** Ways. [because: two] */\nview: oneOf("a", "b"),';
    expect(options(`/** Time. [memberlist LAN] */\nintervalMs: 1_000,\n${names}`)).toEqual([]);
    expect(optionOffences(parse("src/a/a.options.ts", "export const x = 1;"))).toHaveLength(1);
  });
});

describe("the tree", () => {
  it("finds files that nobody imports", () => {
    const used = parse("src/core/used.ts", "export const a = 1;");
    const lonely = parse("src/core/lonely.ts", 'import "./lonely.ts";');
    const entry = parse("src/index.ts", 'export * from "./core/used.ts";');
    const found = lonelyFiles([used, lonely, entry], new Set(["src/index.ts"]));
    expect(found.map(({ key }) => key)).toEqual(["src/core/lonely.ts"]);
  });

  it("finds slices without a test", () => {
    const paths = [
      "src/core/a.ts",
      "src/core/collections/a.test.ts",
      "src/peers/peer-view.ts",
      "src/peers/swim/swim.ts",
      "src/peers/serf/serf.test.ts",
      "src/sim/sim.ts",
      "src/index.ts",
    ];
    expect(slicesWithoutTest(paths).map(({ key }) => key)).toEqual(["src/peers/swim", "src/sim"]);
  });
});

describe("any tracked file", () => {
  const todo = ["TO", "DO"].join("");
  const home = ["", "home", "ann", "hearsay"].join("/");
  it.each([
    ["todo", `// ${todo}: later`],
    ["machine-path", `cd ${home}`],
    ["registry-host", `https://${["registry", "npmjs.org"].join(".")}/x`],
    ["registry-host", `  "${"resolved"}": "https://example.org/x.tgz"`],
  ])("%s", (rule, text) => {
    expect(rulesOf(textOffences("a.md", text))).toEqual([rule]);
  });

  it("may hold relative paths, URLs and settled promises to an issue", () => {
    const text = `// ${todo}(#12): later\nhttps://example.org/work/home/x\n./home/x\n$HOME/x`;
    expect(textOffences("a.md", text)).toEqual([]);
  });
});
