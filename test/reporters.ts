/**
 * The default report, and for machines the same as JSON in the file that `HEARSAY_TEST_REPORT`
 * names: `.ci/run` counts from it.
 */
export function reporters(): (string | [string, Record<string, string>])[] {
  const outputFile = process.env["HEARSAY_TEST_REPORT"];
  return outputFile === undefined ? ["default"] : ["default", ["json", { outputFile }]];
}
