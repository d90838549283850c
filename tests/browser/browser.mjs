// What both browser tests share: a Chromium that can reach nothing but this machine.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The address of the running service, as tools/with_server.py gives it. */
export const baseUrl = () => {
  const url = process.env["BASE_URL"];
  if (url === undefined) throw new Error("BASE_URL is not set: run `make browser`");
  return url;
};

export const launch = () => {
  const executablePath = process.env["CHROMIUM"] ?? installed.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error("no Chromium: apt-get install chromium, or set CHROMIUM to its path");
  }
  const args = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ];
  // Chromium refuses its sandbox to root, which is what a container or CI usually is.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  return chromium.launch({ executablePath, headless: true, args });
};
