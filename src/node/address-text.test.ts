import { describe, expect, test } from "vitest";
import { isLoopback, parsePlace, resolvePlace } from "./address-text.ts";

describe("parsePlace", () => {
  test.each([
    ["127.0.0.1:7946", "127.0.0.1", 7946],
    [" 127.0.0.1 ", "127.0.0.1", 7946],
    ["db.example:80", "db.example", 80],
    ["[::1]:9", "::1", 9],
    ["localhost:0", "localhost", 0],
  ])("%s", (text, host, port) => {
    expect(parsePlace(text, "join")).toMatchObject({ host, port });
  });

  test.each(["", "  ", ":7946", "a:b", "a:70000", "[127.0.0.1]:1", "a b:1", "a:-1"])(
    "refuses %j and says how to write it",
    (text) => {
      expect(() => parsePlace(text, "join")).toThrow(/ADDRESS_INVALID.*join is.*host:port/);
    },
  );
});

describe("resolvePlace", () => {
  test("an IP address needs no DNS and gets one form", async () => {
    expect(await resolvePlace(parsePlace("[0:0:0:0:0:0:0:1]:2", "join"))).toEqual([
      { host: "::1", port: 2 },
    ]);
  });

  test("localhost is found", async () => {
    const found = await resolvePlace(parsePlace("localhost:3", "join"));
    expect(found.length).toBeGreaterThan(0);
    for (const address of found) expect(isLoopback(address.host)).toBe(true);
  });
});
