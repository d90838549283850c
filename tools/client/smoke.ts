// A website's first calls, through the client that openapi-typescript makes of the contract.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Ambassador = components["schemas"]["Ambassador"];

const api = createClient<paths>({ baseUrl: process.env["BASE_URL"] ?? "http://127.0.0.1:8000" });
const program = "demo";

const programs = await api.GET("/v1/programs");
assert.ok(programs.data?.items.some(({ slug }) => slug === program));

const directory: Ambassador[] = [];
let cursor: string | null = null;
do {
  const query: { limit: number; cursor?: string } = { limit: 2, ...(cursor && { cursor }) };
  const page = await api.GET("/v1/programs/{program}/ambassadors", {
    params: { path: { program }, query },
  });
  assert.ok(page.data, `${page.response.status}`);
  directory.push(...page.data.items);
  cursor = page.data.next;
} while (cursor !== null);
const [first] = directory;
assert.ok(first, "the example program has ambassadors");

const one = await api.GET("/v1/programs/{program}/ambassadors/{handle}", {
  params: { path: { program, handle: first.handle } },
});
assert.equal(one.data?.name, first.name);

const nobody = await api.GET("/v1/programs/{program}/ambassadors/{handle}", {
  params: { path: { program, handle: "nobody-of-this-name" } },
});
assert.equal(nobody.response.status, 404);
const problem: components["schemas"]["Problem"] | undefined = nobody.error;
assert.equal(problem?.status, 404);

console.log(`client: ${directory.length} ambassadors, ${first.name} among them, and one typed 404`);
