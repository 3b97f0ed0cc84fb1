// Declares a command for operators. Its syntax is at once its usage text, its parser and the type of its arguments.

import { parseArgs } from 'node:util';
import type { Cause } from '../observability/trace.js';

export type Print = (line: string) => void | Promise<void>;

/** An unknown command, a wrong argument, or an id that does not exist. Nothing was changed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type WordOf<W extends string> = W extends `<${infer N}>`
  ? { readonly [K in N]: string }
  : W extends `[--${infer N}=${string}]`
    ? { readonly [K in N]?: string }
    : W extends `[--${infer N}]`
      ? { readonly [K in N]?: true }
      : W extends `[${infer N}]`
        ? { readonly [K in N]?: string }
        : unknown;

/** The arguments by name: `refund <orderId> [amount] [--reason=text]` has `orderId`, `amount?` and `reason?`. */
export type ArgumentsOf<S extends string> = S extends `${infer Word} ${infer Rest}`
  ? WordOf<Word> & ArgumentsOf<Rest>
  : WordOf<S>;

export type CommandInput<A = Arguments> = Readonly<{
  args: A;
  /** the operator, and the name of the command */
  cause: Cause;
  print: Print;
}>;

type Arguments = Readonly<Record<string, string | true | undefined>>;

/** A command on a context `X`. */
export type Command<X> = Readonly<{
  syntax: string;
  summary: string;
  run: (ctx: X, input: CommandInput) => Promise<void>;
}>;

/**
 * Declares a command.
 * @param syntax the name, then `<required>` and `[optional]` arguments, `[--option=text]` and `[--flag]`, divided by spaces
 * @param run prints its result line by line. A Refusal or any other error that it throws is printed, and the command fails.
 */
export function command<const S extends string, X>(
  syntax: S,
  summary: string,
  run: (ctx: X, input: CommandInput<ArgumentsOf<S>>) => Promise<void>,
): Command<X> {
  return { syntax, summary, run: run as Command<X>['run'] };
}

/**
 * Finds the command that the words name, and its arguments.
 * @throws UsageError for an unknown command, and for arguments that do not match its syntax
 */
export function parseCommand<C extends Pick<Command<never>, 'syntax'>>(
  commands: readonly C[],
  words: readonly string[],
): Readonly<{ command: C; args: Arguments }> {
  const found = commands.find(({ syntax }) => nameOf({ syntax }).every((word, at) => words[at] === word));
  if (!found) throw new UsageError(`There is no command "${words.join(' ')}".`);
  return { command: found, args: parseArguments(found.syntax, words.slice(nameOf(found).length)) };
}

/** The fixed words at the beginning of a syntax. */
export function nameOf({ syntax }: Pick<Command<never>, 'syntax'>): string[] {
  const words = syntax.split(' ');
  const end = words.findIndex((word) => /^[<[]/.test(word));
  return end < 0 ? words : words.slice(0, end);
}

/** One line per command: its syntax and what it does. */
export function usageOf(commands: readonly Pick<Command<never>, 'syntax' | 'summary'>[]): string {
  const width = Math.max(...commands.map(({ syntax }) => syntax.length));
  return commands.map(({ syntax, summary }) => `${syntax.padEnd(width)}  ${summary}`).join('\n');
}

function parseArguments(syntax: string, words: readonly string[]): Arguments {
  const given = parseWords(syntax, words);
  const names = [...syntax.matchAll(/ [<[](\w+)[>\]]/g)].map(([, name = '']) => name);
  const required = [...syntax.matchAll(/ <\w+>/g)].length;
  const { positionals } = given;
  if (positionals.length < required || positionals.length > names.length)
    throw new UsageError(`The arguments do not match: ${syntax}`);
  const byName = Object.fromEntries(positionals.map((value, at) => [names[at], value]));
  return { ...given.values, ...byName };
}

function parseWords(syntax: string, words: readonly string[]) {
  const declared = [...syntax.matchAll(/\[--([\w-]+)(=?)/g)];
  const options = Object.fromEntries(
    declared.map(([, name = '', value]) => [name, { type: value ? 'string' : 'boolean' } as const]),
  );
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true }) as {
      values: Arguments;
      positionals: string[];
    };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
