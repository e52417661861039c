import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { homePaths } from "./home.ts";

it("is --home, else BELLWETHER_HOME, else .bellwether in the current folder", () => {
  const env = { BELLWETHER_HOME: "/from/env" };
  expect(homePaths("/given", env).root).toBe("/given");
  expect(homePaths(undefined, env).root).toBe("/from/env");
  expect(homePaths(undefined, {}).root).toBe(resolve(".bellwether"));
  expect(homePaths("relative", env).root).toBe(resolve("relative"));
});

it("treats an empty BELLWETHER_HOME as absent, like every other variable", () => {
  expect(homePaths(undefined, { BELLWETHER_HOME: "" }).root).toBe(resolve(".bellwether"));
});

it("gives every engine a folder of its own below it", () => {
  const { root, ...parts } = homePaths("/h", {});
  expect(Object.values(parts).every((path) => path.startsWith(join(root, "/")))).toBe(true);
  expect(new Set(Object.values(parts)).size).toBe(Object.keys(parts).length);
});
