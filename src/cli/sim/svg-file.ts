import { writeFileSync } from "node:fs";
import { HearsayError } from "../../core/errors.ts";
import type { Curve } from "../../sim/experiments/experiment.ts";
import { usageError } from "../failure.ts";

type Painter = (curves: readonly Curve[]) => string;

/** The picture of a run: made ready before it, for it may take long, and written after it. */
export class SvgFile {
  private readonly path: string;
  private readonly paint: Painter;

  private constructor(path: string, paint: Painter) {
    this.path = path;
    this.paint = paint;
  }

  /**
   * @param load loads what draws; another one in tests.
   * @throws HearsayError PACKAGE_MISSING
   */
  static async prepare(
    path: string,
    load: () => Promise<{ readonly drawCurves: Painter }> = () => import("./draw-curves.ts"),
  ): Promise<SvgFile> {
    try {
      const { drawCurves } = await load();
      return new SvgFile(path, drawCurves);
    } catch (error) {
      if (!isMissing(error)) throw error;
      const fix = "--svg draws with Apache ECharts, which is not installed: npm install echarts";
      throw new HearsayError("PACKAGE_MISSING", fix, { cause: error });
    }
  }

  /** @throws HearsayError USAGE when there is nothing to draw or the file cannot be written. */
  write(curves: readonly Curve[]): void {
    if (curves.length === 0) {
      throw usageError(
        "--svg has nothing to draw: not every experiment has curves, and of a scenario it draws " +
          "what its checkers rumors and detection saw.",
      );
    }
    try {
      writeFileSync(this.path, this.paint(curves));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw usageError(`--svg cannot write ${this.path}: ${why}`);
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
}
