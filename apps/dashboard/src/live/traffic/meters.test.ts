import { expect, test } from "vitest";
import { byProtocol, noSamples, rates, withSample } from "./meters.ts";

test("rates are growth by time, and unknown where a process began anew", () => {
  let samples = withSample(noSamples, 10, { "host.bytesSent": 100 });
  samples = withSample(samples, 12, { "host.bytesSent": 500 });
  samples = withSample(samples, 13, { "host.bytesSent": 20 });
  expect(rates(samples, "host.bytesSent")).toEqual([null, 200, null]);
  expect(rates(samples, "unheard.of")).toEqual([null, 0, 0]);
});

test("only so many samples are kept", () => {
  let samples = noSamples;
  for (let at = 0; at < 1_000; at += 1) samples = withSample(samples, at, {});
  expect(samples.times).toHaveLength(300);
  expect(samples.times.at(-1)).toBe(999);
});

test("counters are told by their protocol, those that counted", () => {
  const rows = byProtocol({
    "swim.probes.begun": 3,
    "swim.probes.failed": 0,
    "links.opened": 1,
    x: 1,
  });
  expect(rows).toEqual([
    { protocol: "swim", counters: [{ name: "probes.begun", value: 3 }] },
    { protocol: "links", counters: [{ name: "opened", value: 1 }] },
  ]);
});
