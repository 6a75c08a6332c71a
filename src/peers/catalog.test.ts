import { expect, test } from "vitest";
import { resolveOptions } from "../core/options.ts";
import { peerProtocols } from "./catalog.ts";

test.each(Object.entries(peerProtocols))("%s has sane defaults in every profile", (name, entry) => {
  expect(entry.channel).toBe(name);
  for (const profile of Object.values(entry.profiles)) {
    const options = resolveOptions(name, entry.defaults, profile, entry.problem);
    for (const [option, value] of Object.entries(profile)) {
      expect(Object.entries(options)).toContainEqual([option, value]);
    }
  }
});

test("a probe timeout that leaves no time to ask others is refused", () => {
  const { defaults, problem } = peerProtocols.swim;
  const given = { probeTimeoutMs: 1_000 };
  expect(() => resolveOptions("swim", defaults, given, problem)).toThrow(/probeTimeoutMs/);
});
