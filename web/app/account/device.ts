// The name of a session's device, by the User-Agent that began it. The first match counts: browsers name others, too.

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/(Chrome|Chromium|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
];

export type Device = Readonly<{ browser?: string; system?: string }>;

/** A program that is no browser is named as it names itself: `curl/8.5.0` is curl. */
export function deviceIn(userAgent: string): Device {
  const match = (names: typeof browsers) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = match(browsers) ?? /^(?!Mozilla\b)[\w.-]{1,40}/.exec(userAgent)?.[0];
  const system = match(systems);
  return { ...(browser !== undefined && { browser }), ...(system !== undefined && { system }) };
}
