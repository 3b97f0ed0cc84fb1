// What no answer may lack or have, whatever was asked. Every answer that an attack gets is looked at.

import type { Reply } from './ask.js';

const insides =
  /\bat .+:\d+:\d+|node_modules|\/dist\/|MongoServerError|BSONError|CastError|ZodError|TypeError/;

/** In words; none when the answer is as it should be. */
export function flawsOf({ status, headers, text, json }: Reply): string[] {
  const flaws: string[] = [];
  const unless = (isSo: boolean, flaw: string) => {
    if (!isSo) flaws.push(flaw);
  };
  unless(status < 500, `${status}`);
  // Of what Node's own parser refuses, nothing but the status is written.
  if (headers['content-type'] === undefined && text === '' && [400, 408, 413, 414, 431].includes(status))
    return flaws;

  unless(headers['x-content-type-options'] === 'nosniff', 'without nosniff');
  unless(headers['x-powered-by'] === undefined, 'says what it is powered by');
  unless(headers['server'] === undefined, 'says which server it is');
  unless(!Object.keys(headers).some((name) => name.startsWith('access-control-')), 'has CORS headers');
  unless(!insides.test(text), 'shows insides');
  if (text !== '') {
    unless(/; *charset=utf-8$/i.test(headers['content-type'] ?? ''), 'without a charset');
    if (status >= 400) unless(isProblem(json), 'refuses in another form');
  }
  return flaws;
}

function isProblem(json: unknown): boolean {
  const { errors } = (json ?? {}) as { errors?: unknown };
  return (
    Array.isArray(errors) &&
    errors.length > 0 &&
    errors.every((error) => /^[a-z][a-z-]*$/.test(String((error as { code?: unknown }).code)))
  );
}
