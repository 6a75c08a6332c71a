import { expect, test } from "vitest";
import { adminUrl, checkAdminAddress, parseAdminAddress } from "./admin-address.ts";
import { AdminTokens } from "./admin-tokens.ts";

test("an admin address may leave out what is usual", () => {
  expect(parseAdminAddress("")).toEqual({ host: "127.0.0.1", port: 7980 });
  expect(parseAdminAddress(":0")).toEqual({ host: "127.0.0.1", port: 0 });
  expect(parseAdminAddress("localhost")).toEqual({ host: "localhost", port: 7980 });
  expect(parseAdminAddress("10.0.0.1:80")).toEqual({ host: "10.0.0.1", port: 80 });
  expect(parseAdminAddress("[::1]:80")).toEqual({ host: "::1", port: 80 });
  expect(adminUrl({ host: "::1", port: 80 })).toBe("http://[::1]:80");
  for (const bad of ["a:b", "1.2.3.4:70000", "::1", "a b", "http://x"]) {
    expect(() => parseAdminAddress(bad), bad).toThrow("CONFIG_OPTION");
  }
});

test("only loopback goes without a token", () => {
  const [none, one] = [new AdminTokens(), new AdminTokens([{ role: "read", token: "secret" }])];
  for (const host of ["127.0.0.1", "127.8.8.8", "localhost", "::1"]) {
    checkAdminAddress({ host, port: 1 }, none);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example", "example.org"]) {
    expect(() => checkAdminAddress({ host, port: 1 }, none)).toThrow("ADMIN_TOKEN_REQUIRED");
    checkAdminAddress({ host, port: 1 }, one);
  }
});
