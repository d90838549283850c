// Beside the page, not in it: the content security policy allows no inline script.
// Everything that would call out (fonts, telemetry, assistant, proxy, registry) is off.
Scalar.createApiReference("#reference", {
  url: "/openapi.json",
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: "never",
  hideClientButton: true,
  persistAuth: false,
  documentDownloadType: "both",
  defaultOpenAllTags: true,
});
