/** The table of docs/protocols/phi-accrual.md is what the measure says. */
import { expect, test } from "vitest";
import { shownTrace } from "../../testing/page-rig.ts";
import { phiAccrualOptions } from "./phi-accrual.options.ts";
import { PhiMeasure } from "./phi-accrual.ts";

/** φ of each silence, by each model, after a thousand heartbeats 900 and 1,100 ms apart. */
function levels(): string[] {
  const measures = [
    phiAccrualOptions(),
    phiAccrualOptions({ acceptablePauseMs: 3_000 }),
    phiAccrualOptions({}, "akka"),
    phiAccrualOptions({}, "cassandra"),
  ].map((options) => new PhiMeasure(options));
  const windows = measures.map((measure) => {
    const window = measure.begin();
    for (let count = 0; count < 1_000; count += 1) measure.note(window, 900 + 200 * (count % 2));
    return { measure, window };
  });
  const silences = [500, 1_000, 1_200, 1_500, 2_000, 4_000, 4_500, 5_000, 18_420];
  const rows = silences.map((silentMs) => {
    const cells = windows.map(({ measure, window }) => measure.level(window, silentMs).toFixed(2));
    return [`${silentMs} ms`, ...cells];
  });
  const head = ["silent for", "normal", "normal, pause 3 s", "akka", "cassandra"];
  return [head, ...rows].map((cells) =>
    cells
      .map((cell) => cell.padStart(18))
      .join("")
      .trimStart(),
  );
}

test("the table is as the page says", () => {
  const shown = shownTrace("protocols/phi-accrual.md", "levels").split("\n");
  expect(shown.map((line) => line.trimStart())).toEqual(levels());
});
