import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { isGenerated, isTest, type Offence, type Source } from "./source.ts";

const SLICES = /^src\/(?:(?:peers|exchange|data|transport|storage|orderer)\/[^/]+|[^/]+)(?=\/)/;
/** Layers whose slices are judged one by one; what lies directly in them is contracts. */
const LAYERS = /^src\/(?:peers|exchange|data|transport|storage|orderer)$/;

/** Every file of src is imported by something, or is an entry point of the package. */
export function lonelyFiles(sources: readonly Source[], entries: ReadonlySet<string>): Offence[] {
  const imported = new Set(sources.flatMap((source) => importsOf(source)));
  return sources
    .filter(({ path }) => path.startsWith("src/") && !isTest(path) && !isGenerated(path))
    .filter(({ path }) => !imported.has(path) && !entries.has(path))
    .map(({ path }) => {
      const message = "nothing imports this file: use it, make it an entry point, or delete it";
      return { rule: "lonely-file", key: path, line: 1, message };
    });
}

function importsOf(source: Source): string[] {
  const { importedFiles } = ts.preProcessFile(source.text, true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => normalize(join(dirname(source.path), fileName)).replaceAll("\\", "/"))
    .filter((path) => path !== source.path);
}

export function slicesWithoutTest(paths: readonly string[]): Offence[] {
  const tested = new Map<string, boolean>();
  for (const path of paths) {
    const slice = SLICES.exec(path)?.[0];
    if (slice === undefined || !path.endsWith(".ts") || LAYERS.test(slice)) continue;
    tested.set(slice, tested.get(slice) === true || isTest(path));
  }
  return [...tested]
    .filter(([, hasTest]) => !hasTest)
    .map(([slice]) => {
      const message = "no *.test.ts in this folder: a slice is proven where it stands";
      return { rule: "slice-without-test", key: slice, line: 1, message };
    });
}
