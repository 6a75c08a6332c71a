/** What may and must stand in the packed tarball, and a program that uses all of it. */

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
