// The reference at /docs works without the internet: it says so by policy, and a browser holds it to that.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { baseUrl, launch } from "./browser.mjs";

const methods = new Set(["get", "put", "post", "patch", "delete"]);

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("/docs shows every operation, asks nobody else, and keeps its own policy", async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  /** @type {string[]} */
  const elsewhere = [];
  /** @type {string[]} */
  const complaints = [];
  page.on("request", (request) => {
    if (/^(https?|wss?):/.test(request.url()) && new URL(request.url()).origin !== baseUrl()) {
      elsewhere.push(request.url());
    }
  });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      // Zod, inside the page, tries `new Function("")` to learn whether it may compile, and goes without.
      if (event.blockedURI === "eval") return;
      console.error(`policy: ${event.effectiveDirective} ${event.blockedURI}`);
    });
  });

  const response = await page.goto(`${baseUrl()}/docs`);
  assert.equal(response?.status(), 200);
  const policy = response.headers()["content-security-policy"] ?? "";
  assert.match(policy, /default-src '(none|self)'/);
  assert.doesNotMatch(policy, /https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);

  /** @type {{ paths: Record<string, Record<string, { summary: string }>> }} */
  const contract = await (await fetch(`${baseUrl()}/openapi.json`)).json();
  const summaries = Object.values(contract.paths).flatMap((path) =>
    Object.entries(path).flatMap(([method, { summary }]) => (methods.has(method) ? [summary] : [])),
  );
  assert.ok(summaries.length > 0);
  for (const summary of summaries) {
    const heading = page.getByRole("heading", { name: summary, exact: true }).first();
    await heading.waitFor({ state: "attached", timeout: 60_000 });
  }
  // That nothing more is asked can only be waited for.
  await page.waitForTimeout(1_000);
  mkdirSync("build", { recursive: true });
  await page.screenshot({ path: "build/docs.png" });

  assert.deepEqual(elsewhere, []);
  assert.deepEqual(complaints, []);
});
