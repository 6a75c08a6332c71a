import { expect, test } from "vitest";
import { type OptionDefaults, resolveOptions } from "../core/options.ts";
import { heartbeatDetectors, peerProtocols } from "./catalog.ts";

/** What all entries of the catalog have in common. */
interface Entry {
  readonly channel: string;
  readonly defaults: OptionDefaults;
  readonly profiles: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
}

const entries: readonly [string, Entry][] = Object.entries(peerProtocols);

test.each(entries)("%s has sane defaults in every profile", (name, entry) => {
  expect(entry.channel).toBe(name);
  for (const profile of Object.values(entry.profiles)) {
    const options = resolveOptions<OptionDefaults>(name, entry.defaults, profile);
    for (const [option, value] of Object.entries(profile)) {
      expect(Object.entries(options)).toContainEqual([option, value]);
    }
  }
});

test("no profile breaks a rule across options", () => {
  const { sampling, swim } = peerProtocols;
  for (const profile of Object.values(swim.profiles)) {
    resolveOptions("swim", swim.defaults, profile, swim.problem);
  }
  for (const profile of Object.values(sampling.profiles)) {
    resolveOptions("sampling", sampling.defaults, profile, sampling.problem);
  }
  const none = { viewMaxCount: 0 };
  expect(() => resolveOptions("sampling", sampling.defaults, none, sampling.problem)).toThrow(
    /viewMaxCount/,
  );
});

test("a probe timeout that leaves no time to ask others is refused", () => {
  const { defaults, problem } = peerProtocols.swim;
  const given = { probeTimeoutMs: 1_000 };
  expect(() => resolveOptions("swim", defaults, given, problem)).toThrow(/probeTimeoutMs/);
});

test("detectors by heartbeats have sane presets", () => {
  for (const [name, { defaults, presets, problem }] of Object.entries(heartbeatDetectors)) {
    for (const preset of Object.values(presets)) {
      expect(resolveOptions(name, defaults, preset, problem)).toMatchObject(preset);
    }
  }
});
