// test/slow/pages/browsers: the browsers that pages are tested in; which of them are here.

import { isChromiumInstalled, launchChromium } from "./chromium-page.ts";
import type { DrivenBrowser } from "./driven-page.ts";
import { isFirefoxInstalled, launchFirefox } from "./firefox.ts";

export const BROWSERS: { name: string; isInstalled: boolean; launch(): Promise<DrivenBrowser> }[] = [
  { name: "Chromium", isInstalled: isChromiumInstalled, launch: launchChromium },
  { name: "Firefox", isInstalled: isFirefoxInstalled, launch: launchFirefox },
]; // prettier-ignore
