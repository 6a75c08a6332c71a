import type { Plugin } from "vitest/config";

/** Stands for fast-check wherever a test imports it. */
const ID = "\0seeded-fast-check";

/**
 * Properties are tried on the same values each time, as all that is random here: whoever changed
 * nothing sees nothing fail. `HEARSAY_PROPERTY_SEED` tries others.
 */
export function seededProperties(): Plugin {
  const seed = Number(process.env["HEARSAY_PROPERTY_SEED"] ?? 20_261_122);
  return {
    name: "seeded-properties",
    enforce: "pre",
    resolveId: (id, importer) => (id === "fast-check" && importer !== ID ? ID : undefined),
    load: (id) =>
      id === ID
        ? `import fc from "fast-check";
           fc.configureGlobal({ seed: ${seed} });
           export * from "fast-check";
           export default fc;`
        : undefined,
  };
}
