import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, by how its path begins; a test that begins last would be waited for. */
const LONG = ["test/node/", "test/hostile/", "src/sim/", "test/"];

/** Orders test files so that no worker is left alone with a long one, whatever was run before. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = LONG.findIndex((beginning) => moduleId.includes(`/${beginning}`));
      return rank < 0 ? LONG.length : rank;
    };
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}
