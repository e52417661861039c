import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { findChromium, launchChromium } from "./support/chromium.ts";
import { type RunningDemo, startDemo } from "./support/runningDemo.ts";

/**
 * The console as a person sees it, on the real demo: the fleet, a vehicle with a planted fault, a lead taken and closed.
 * Screenshots go to .cache/screenshots.
 */

const chromium = findChromium();
const SHOTS = fileURLToPath(new URL("../../.cache/screenshots/", import.meta.url));
const DESKTOP = { width: 1280, height: 900 };
/** Runs in the page: how many cells the heat map has, and whether it has painted any. */
const PAINTED = `(() => {
  const canvas = document.querySelector("canvas.heat");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return { cells: canvas.height, opaque: pixels.some((level, i) => i % 4 === 3 && level === 255) };
})()`;
const PHONE = { width: 390, height: 844 };

describe.skipIf(chromium === null)(`the console in a browser${chromium === null ? " (skipped: no Chromium on this machine)" : ""}`, () => {
  let home: string;
  let demo: RunningDemo;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    home = await mkdtemp(join(tmpdir(), "bellwether-test-console-"));
    demo = await startDemo(home, ["--vehicles", "24", "--days", "16", "--seed", "20"]);
    await demo.printed("Live now");
    browser = await launchChromium(chromium ?? "");
    page = await browser.newPage({ viewport: DESKTOP, locale: "en-GB" });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await page.goto(demo.address);
  });

  afterAll(async () => {
    await browser?.close();
    const code = await demo?.interrupt();
    await rm(home, { recursive: true, force: true });
    expect(code, "Ctrl-C ends the demo cleanly").toBe(0);
  });

  it("signs in by the printed address, takes the key out of it, and shows the fleet", async () => {
    await page.getByRole("heading", { name: "Fleet" }).waitFor();
    await page.locator("tbody tr").first().waitFor();
    expect(page.url()).not.toContain("key=");
    expect(await page.locator("tbody tr").count()).toBe(24);
    expect(await page.locator(".badge").count()).toBeGreaterThan(0);
    await page.screenshot({ path: `${SHOTS}fleet.png` });
  });

  it("shows a vehicle with its finding, its health and every cell over days", async () => {
    await page
      .locator("tbody tr", { has: page.locator(".badge") })
      .first()
      .click();
    await page.locator("article.finding").first().waitFor();
    await page.locator("canvas.heat").waitFor();
    const painted = z.object({ cells: z.number(), opaque: z.boolean() }).parse(await page.evaluate(PAINTED));
    expect(painted.cells).toBeGreaterThanOrEqual(88);
    expect(painted.opaque).toBe(true);
    await page.screenshot({ path: `${SHOTS}vehicle.png`, fullPage: true });
  });

  it("takes a lead and closes it with what was found", async () => {
    await page.getByRole("link", { name: "Leads" }).click();
    await page.locator("a.lead").first().click();
    await page.getByRole("heading", { name: "Evidence" }).waitFor();
    await page.getByText("Who pays").waitFor();
    expect(await page.locator("dt", { hasText: "Can look the same" }).locator("+ dd").textContent()).not.toBe("");
    await page.screenshot({ path: `${SHOTS}lead.png`, fullPage: true });
    await page.getByRole("button", { name: "Accept this lead" }).click();
    await page.getByLabel("What was found").selectOption("confirmed");
    await page.getByLabel("Note").fill("Module 3 replaced.");
    await page.getByRole("button", { name: "Close the lead" }).click();
    await page.getByText("Module 3 replaced.").waitFor();
    expect(await page.getByText("Fault confirmed").count()).toBe(1);
  });

  it("speaks Chinese when asked", async () => {
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("heading", { name: "线索收件箱" }).waitFor();
    await page.getByRole("button", { name: "English" }).click();
  });

  it.each([
    ["/", "tbody tr"],
    ["/leads", "a.lead"],
  ])("fits a phone at %s", async (path, content) => {
    await page.setViewportSize(PHONE);
    await page.goto(new URL(path, demo.address).href);
    await page.locator(content).first().waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(true);
    await page.screenshot({ path: `${SHOTS}phone${path.replaceAll("/", "-")}.png`, fullPage: true });
    await page.setViewportSize(DESKTOP);
  });

  it("turns away a wrong key", async () => {
    const stranger = await browser.newPage();
    await stranger.goto(new URL("/#key=bw_0000000000000000_wrong", demo.address).href);
    await stranger.getByRole("button", { name: "Sign in" }).waitFor();
    await stranger.close();
  });

  it("never logged an error in the browser", () => {
    expect(complaints).toEqual([]);
  });
});
