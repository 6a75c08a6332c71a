import { describe, expect, test } from "vitest";
import { parseHostPort } from "./host-port.ts";

describe("parseHostPort", () => {
  test.each([
    ["10.0.0.1:80", [undefined, "10.0.0.1", 80, true]],
    ["10.0.0.1", [undefined, "10.0.0.1", 7946, true]],
    ["[2001:DB8::1]:80", [undefined, "2001:db8::1", 80, true]],
    ["[::1]", [undefined, "::1", 7946, true]],
    ["2001:db8::1", [undefined, "2001:db8::1", 7946, true]],
    ["[::ffff:10.0.0.1]:5", [undefined, "10.0.0.1", 5, true]],
    ["p1/10.0.0.1:80", ["p1", "10.0.0.1", 80, true]],
    ["example.com:80", [undefined, "example.com", 80, false]],
    ["example.com.", [undefined, "example.com.", 7946, false]],
    ["a/b_c-d:0", ["a", "b_c-d", 0, false]],
  ])("reads %s", (text, [name, host, port, isIp]) => {
    expect(parseHostPort(text, 7946)).toEqual({ name, host, port, isIp });
  });

  test.each(["", ":80", "a:", "a:65536", "a:-1", "a:8x", "[a]:80", "[::1", "::1]:80", "1.2.3:4"])(
    "refuses %j",
    (text) => {
      expect(parseHostPort(text, 7946)).toBeUndefined();
    },
  );
  test.each(["/a:1", "a b:1", "-a:1", "1.2.3.256", "a..b", "1:2:3", `${"a".repeat(64)}:1`, "x/"])(
    "refuses %j too",
    (text) => {
      expect(parseHostPort(text, 7946)).toBeUndefined();
    },
  );
});
