/** The browser that tests open pages in. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const missing = !existsSync(CHROMIUM);
if (missing)
	console.warn(
		`Chromium is not at ${CHROMIUM}: the tests that open GraphiQL in a browser ${process.env.CI ? "fail" : "are skipped"}. Install it, or set CHROMIUM_PATH.`,
	);

/** In CI a missing browser is a failure of the machine, which the tests then show by failing. */
export const noChromium = missing && !process.env.CI;

export const launchChromium = async (): Promise<Browser & AsyncDisposable> =>
	chromium.launch({
		executablePath: CHROMIUM,
		args: [
			"--headless",
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	});
