import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Application, type ProjectReflection } from "typedoc";

/** Machinery that the public types name and nobody is to build on. */
const MACHINERY = [
  ...["AnswerBase", "Carrier", "Dial", "DiskPart", "HowHeartbeatsTravel", "Medium"],
  ...["MemoryOptions", "MemoryTransport", "NetworkHost", "OptionDefault", "OptionValue"],
  ...["OrdererEngine", "Place", "QueueOperation", "SentRequest", "SeqRanges", "SimConnections"],
  ...["SimEngine", "SimHolds", "SimLinks", "SimPost", "TimerOwner", "arrivalMeans"],
];
/** A property's name and unit say what it is, as a rule; all else says it in words. */
const DOCUMENTED = [
  ...["Class", "Interface", "TypeAlias", "Function", "Variable"],
  ...["CallSignature", "GetSignature"],
] as const;

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/** Source files of the package's entry points, by the names that users import. */
function entryPoints(root: string): ReadonlyMap<string, string> {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  const found = Object.entries(manifest.exports).flatMap(([path, target]) => {
    if (typeof target === "string") return [];
    const source = target.default.replace(/^[.]\/dist\/(.*)[.]js$/, "src/$1.ts");
    return [[path.replace(/^[.]/, manifest.name), source] as const];
  });
  return new Map(found);
}

/**
 * The reference of the TypeScript API, from the docstrings, as HTML in `folder`.
 *
 * @throws Error where a public name has no docstring, a docstring has a link to nowhere, or a type
 *   that users meet is not exported; what is wrong stands on stderr.
 */
export async function writeApiReference(root: string, folder: string): Promise<void> {
  const entries = entryPoints(root);
  const app = await Application.bootstrap({
    name: "hearsay",
    entryPoints: [...entries.values()].map((source) => join(root, source)),
    tsconfig: join(root, "tsconfig.build.json"),
    // `npm run check` has done that.
    skipErrorChecking: true,
    readme: "none",
    disableSources: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    githubPages: false,
    logLevel: "Warn",
    validation: { invalidLink: true, notDocumented: true, notExported: true },
    treatValidationWarningsAsErrors: true,
    requiredToBeDocumented: [...DOCUMENTED],
    intentionallyNotExported: MACHINERY,
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc could not read the source");
  nameModules(project, entries);
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error("the public API is not documented as it must be; see above");
  }
  await app.generateDocs(project, folder);
}

/** As users import them, not by where they stand in `src`, which is how TypeDoc calls them. */
function nameModules(project: ProjectReflection, entries: ReadonlyMap<string, string>): void {
  for (const [name, source] of entries) {
    const given = source.replace(/^src[/](.*?)(?:[/]index)?[.]ts$/, "$1");
    const module = project.children?.find((child) => child.name === given);
    if (module === undefined) throw new Error(`TypeDoc has no module ${given} for ${name}`);
    module.name = name;
  }
}
