// How fast a page is on a slow phone: what Lighthouse measures, by the browser's own entries.

import type { BrowserContext, Page } from 'playwright-core';

export type Speed = Readonly<{
  /** when the largest text or picture is painted, in milliseconds */
  largestPaintMs: number;
  /** how much of the screen moves without the user's doing; 0 is none */
  layoutShift: number;
  /** what the main thread's tasks take beyond 50 ms each */
  blockedMs: number;
}>;

// Lighthouse's slow 4G. The processor is four times slower than that of the machine on which the limits were measured.
const network = {
  ...{ offline: false, latency: 150 },
  ...{ downloadThroughput: 1_638_400 / 8, uploadThroughput: 768_000 / 8 },
};
const slowdown = 4;
/** What `calculate` takes there: 223 to 276 ms (Intel Xeon, Chromium 156, 2026-11-28). */
const calculationMs = 225;
const quietMs = 1_500;

/** By how much this machine's processor has to be slowed down to be as slow as that phone's. */
async function slowdownHere(page: Page): Promise<number> {
  const taken: number[] = [];
  for (let time = 0; time < 3; time += 1) taken.push(await page.evaluate(calculate));
  return Math.max(1, (slowdown * calculationMs) / Math.min(...taken));
}

/** In the browser. Returns milliseconds. */
function calculate(): number {
  const begin = performance.now();
  let sum = 0;
  for (let number = 0; number < 20_000_000; number += 1) sum = (sum + number * number) % 1_000_003;
  // The sum is used, so that the loop is not left out.
  return performance.now() - begin + (sum < 0 ? 1 : 0);
}

/** Loads a page of `context` anew, without its cache. */
export async function speedOf(context: BrowserContext, url: string): Promise<Speed> {
  const page = await context.newPage();
  const rate = await slowdownHere(page);
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await session.send('Network.emulateNetworkConditions', network);
  await session.send('Emulation.setCPUThrottlingRate', { rate });
  await page.goto(url);
  const speed = await read(page);
  await page.close();
  return speed;
}

/** Reads the entries when nothing has been added for a while. */
const read = (page: Page): Promise<Speed> =>
  page.evaluate(
    (quiet) =>
      new Promise<Speed>((resolve) => {
        type Entry = PerformanceEntry & { value?: number; hadRecentInput?: boolean };
        const sum = { largestPaintMs: 0, layoutShift: 0, blockedMs: 0 };
        const add = ({ entryType, startTime, duration, value = 0, hadRecentInput = false }: Entry) => {
          if (entryType === 'largest-contentful-paint') sum.largestPaintMs = startTime;
          if (entryType === 'layout-shift' && !hadRecentInput) sum.layoutShift += value;
          if (entryType === 'longtask') sum.blockedMs += Math.max(0, duration - 50);
        };
        let timer: ReturnType<typeof setTimeout>;
        const wait = () => {
          clearTimeout(timer);
          timer = setTimeout(() => resolve(sum), quiet);
        };
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) add(entry);
          wait();
        });
        for (const type of ['largest-contentful-paint', 'layout-shift', 'longtask'])
          observer.observe({ type, buffered: true });
        wait();
      }),
    quietMs,
  );
