// The services' JSON lines, for people.

import { styleText } from 'node:util';

const colours = ['cyan', 'green', 'yellow', 'magenta', 'blue', 'gray'] as const;
const levelColours: Readonly<Record<string, 'red' | 'yellow' | 'gray'>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  debug: 'gray',
};
const plumbing = new Set(['level', 'time', 'service', 'msg', 'err']);

type Options = Readonly<{ line: string; traced: boolean }>;

/** `orders     info  request status=201 …`, or the line as it is when it is no JSON; with its trace when that is kept. */
export function readable(name: string, index: number, { line, traced }: Options): string {
  const colour = colours[index % colours.length] ?? 'gray';
  return `${styleText(colour, name.padEnd(11))}${messageIn(line, traced)}`;
}

function messageIn(line: string, traced: boolean): string {
  const entry = parsed(line);
  if (!entry) return line;
  const level = String(entry['level']);
  const fields = Object.entries(entry)
    .filter(([key]) => !plumbing.has(key) && (traced || key !== 'traceId'))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const error = entry['err'] as { message?: string } | undefined;
  const text = [String(entry['msg']), ...fields, ...(error?.message ? [`(${error.message})`] : [])].join(' ');
  const colour = levelColours[level];
  return `${level.padEnd(6)}${colour ? styleText(colour, text) : text}`;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === 'object' && 'msg' in value
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
