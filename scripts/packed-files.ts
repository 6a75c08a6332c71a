/** What may and must stand in the packed tarball, and programs that use it. */

export interface PackedManifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

const allowed: readonly RegExp[] = [
  /^(package[.]json|README[.]md|LICENSE|CHANGELOG[.]md)$/,
  /^dist\/[\w./-]+[.](js|d[.]ts)([.]map)?$/,
  // What an agent serves to browsers, with the licences of what is bundled in it.
  /^dist\/dashboard\/((index|playground)[.]html|licenses[.]md|assets\/[\w.-]+[.](js|css|svg))$/,
  // Source maps and "go to definition" point here.
  /^src\/[\w./-]+[.]ts$/,
  // The built-in scenarios of `hearsay sim`.
  /^scenarios\/[\w-]+[.]json$/,
];
/** Tests, what only tests use (tsconfig.build.json leaves it out), and anything hidden. */
const refused = /([.]test|-rig)[.](ts|js|d[.]ts)|(^|\/)([.]|fake-)/;

export function strayFiles(files: readonly string[]): string[] {
  return files.filter((path) => refused.test(path) || !allowed.some((one) => one.test(path)));
}

/** Every file the manifest names is packed, and so is what a user looks for first. */
export function tarballProblems(manifest: PackedManifest, files: readonly string[]): string[] {
  const packed = new Set(files);
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  );
  const pages = ["dist/dashboard/index.html", "dist/dashboard/playground.html"];
  const named = [...targets, ...Object.values(manifest.bin), ...pages, "README.md", "LICENSE"];
  return named
    .map((path) => path.replace(/^[.]\//, ""))
    .filter((path) => !packed.has(path))
    .map((path) => `${path} is named in package.json, or expected, but not packed`);
}

/** Type-checks only when the types of every subpath resolve, and the main one fits its README. */
export function consumerSource(name: string, subpaths: readonly string[]): string {
  const imports = subpaths.map((path, index) => {
    return `import * as part${index} from ${JSON.stringify(`${name}${path.slice(1)}`)};`;
  });
  const parts = subpaths.map((_, index) => `part${index}`).join(", ");
  return `${imports.join("\n")}
import { startNode } from ${JSON.stringify(name)};

// An import whose types did not resolve would be \`any\`, to which this assignment is no error.
type IsAny<T> = 0 extends 1 & T ? true : false;
export const isTyped: IsAny<typeof startNode> = false;
export const parts = [${parts}];

export async function main(): Promise<void> {
  await using node = await startNode({ name: "p1", bind: "127.0.0.1:0" });
  const greetings = node.topic<string>("Greeting");
  await greetings.publish("hello");
  for (const member of node.members) console.log(member.name, member.status);
}
`;
}

/** For a bundler: two nodes on sockets and two in memory, and what `run` says of each pair. */
export function bundledSource(name: string): string {
  return `import { startNode } from ${JSON.stringify(name)};
import { memoryNetwork } from ${JSON.stringify(`${name}/transport/memory`)};

async function pair(options) {
  const common = { bind: "127.0.0.1:0", tags: { role: "web" }, ...options };
  const a = await startNode({ ...common, name: "a" });
  const b = await startNode({ ...common, name: "b", join: [a.address], joinMin: 1 });
  await b.settled();
  const open = (node) => node.operations("sum", { reducer: (sum, n) => sum + n, initial: 0 });
  const [mine, other] = [open(a), open(b)];
  const { after } = await mine.append(3);
  const { state } = await other.read({ after });
  await a.infos.set("size", { at: new Date(0), count: 7n });
  b.topic("double").onRequest((count) => count * 2n);
  const { count } = a.infos.get("size");
  const doubled = await a.peer("b").request(a.topic("double"), count);
  a.queries.define("who").handle(() => "me");
  const answers = [];
  const query = b.query("who", null, { timeoutMs: 5_000, tags: { role: "^w" }, nodes: ["a"] });
  for await (const { kind, value } of query) answers.push(kind, value);
  await a.stop();
  await b.stop();
  return [state, String(doubled), ...answers].join(" ");
}

async function main() {
  console.log(await pair({}));
  console.log(await pair({ transport: memoryNetwork() }));
  if (process.argv[2] === "worker") console.log(await pair({ responder: "worker" }));
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
`;
}
