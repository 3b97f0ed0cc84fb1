// Formats the services' JSON log lines for a terminal.

import { styleText } from 'node:util';

/** The longest name is `notifications-2`. */
const nameWidth = 16;
const colours = ['cyan', 'green', 'yellow', 'magenta', 'blue', 'gray'] as const;
const levelColours: Readonly<Record<string, 'red' | 'yellow' | 'gray'>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  debug: 'gray',
};
const hiddenFields = new Set(['level', 'time', 'service', 'msg', 'err']);

type Options = Readonly<{ line: string; traced: boolean }>;

/**
 * `orders          info  request status=201 …`. A line that is not JSON stays unchanged.
 * @param options.traced whether the line shows its trace id; false when no trace viewer runs
 */
export function formatLogLine(name: string, index: number, { line, traced }: Options): string {
  const colour = colours[index % colours.length] ?? 'gray';
  return `${styleText(colour, name.padEnd(nameWidth))}${messageIn(line, traced)}`;
}

function messageIn(line: string, traced: boolean): string {
  const entry = parsed(line);
  if (!entry) return line;
  const level = String(entry['level']);
  const fields = Object.entries(entry)
    .filter(([key]) => !hiddenFields.has(key) && (traced || key !== 'traceId'))
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
