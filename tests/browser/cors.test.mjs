// A website of another origin uses the API as a browser lets it: what CORS hides, it does not see.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { baseUrl, launch } from "./browser.mjs";

const website = createServer((_, response) => {
  response.setHeader("content-type", "text/html");
  response.end("<!doctype html><title>A community's website</title>");
});

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("playwright-core").Page} */
let page;

before(async () => {
  await new Promise((listening) => website.listen(0, "127.0.0.1", () => listening(undefined)));
  const address = website.address();
  assert.ok(address !== null && typeof address === "object");
  browser = await launch();
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${address.port}/`);
  assert.notEqual(new URL(page.url()).origin, baseUrl());
});
after(async () => {
  await browser.close();
  website.close();
});

const directory = () => `${baseUrl()}/v1/programs/demo/ambassadors`;

test("the public directory is read to its end, with its ETag", async () => {
  const pages = await page.evaluate(async (url) => {
    /** @type {{ etag: string | null, items: { handle: string }[] }[]} */
    const seen = [];
    /** @type {string | null} */
    let cursor = null;
    do {
      const query = new URLSearchParams({ limit: "2" });
      if (cursor !== null) query.set("cursor", cursor);
      /** @type {Response} */
      const response = await fetch(`${url}?${query}`);
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      /** @type {{ items: { handle: string }[], next: string | null }} */
      const body = await response.json();
      seen.push({ etag: response.headers.get("etag"), items: body.items });
      cursor = body.next;
    } while (cursor !== null && seen.length < 50);
    return seen;
  }, directory());

  assert.ok(pages.length > 1, "the example program has more than one page of two");
  for (const { etag } of pages) assert.match(etag ?? "", /^(W\/)?".+"$/);
  const handles = pages.flatMap(({ items }) => items.map(({ handle }) => handle));
  assert.equal(new Set(handles).size, handles.length);
});

test("an error is readable too", async () => {
  const problem = await page.evaluate(async (url) => {
    const response = await fetch(`${url}/nobody-of-this-name`);
    const { status } = response;
    return { status, type: response.headers.get("content-type"), body: await response.json() };
  }, directory());
  assert.equal(problem.status, 404);
  assert.match(problem.type ?? "", /^application\/problem\+json/);
  assert.equal(problem.body.status, 404);
});

test("a POST with a token passes its preflight, and the refusal is readable", async () => {
  const refused = await page.evaluate(async (url) => {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        authorization: "Bearer not-a-token",
        "content-type": "application/json",
        "idempotency-key": '"browser-preflight"',
      },
      body: "{}",
    });
    return { status: response.status, body: await response.json() };
  }, directory());
  assert.equal(refused.status, 401);
  assert.equal(refused.body.status, 401);
});
