// The tables of environment variables. Names, readers and defaults come from the services' own schemas.

import { isConstant } from '@ticketing/common/service';
import type { z } from 'zod';
import { code, services, shop, table } from './tables.js';
import { meanings } from './meanings.js';

// Defaults that depend on the machine or on another variable.
const computedDefaults: Readonly<Record<string, string>> = {
  HASHING_CONCURRENCY: 'number of cores',
  CURRENCIES: '`CURRENCY`',
};

const allReaders = [...services, shop];
const everyService = services.map(({ name }) => name).join(', ');
const everyReader = allReaders.map(({ name }) => name).join(', ');

type Shape = Readonly<Record<string, z.ZodType>>;

type Variable = Readonly<{
  name: string;
  readers: readonly string[];
  default: string;
  isConstant: boolean;
}>;

/** Every variable that a service or the shop reads. */
export const variables: readonly Variable[] = variableNames().map((name) => {
  const reading = allReaders.filter(({ config }) => name in config.shape);
  const defaults = reading.map(({ name: reader, config }) => ({
    reader,
    value: computedDefaults[name] ?? defaultOf((config.shape as Shape)[name]),
  }));
  const [first] = defaults;
  const others = defaults.filter(({ value }) => value !== first?.value);
  return {
    name,
    readers: reading.map((service) => service.name),
    isConstant: reading.every(({ config }) => isConstant((config.shape as Shape)[name])),
    default: [first?.value, ...others.map(({ reader, value }) => `${reader}: ${value}`)].join('; '),
  };
});

/** A section for each group of variables with the same readers, the most shared group first. */
export function variableTables(): string {
  const settable = variables.filter((variable) => !variable.isConstant);
  const groups = new Set(settable.map(readersOf));
  return [...groups]
    .sort((a, b) => b.split(', ').length - a.split(', ').length)
    .map((readers) => {
      const group = settable.filter((variable) => readersOf(variable) === readers);
      return `## ${headingOf(readers)}\n\n${tableOf(group)}`;
    })
    .join('\n\n');
}

/** The variables that production refuses. */
export function constantTable(): string {
  return table(
    ['constant', 'read by', 'value', 'meaning'],
    variables
      .filter((variable) => variable.isConstant)
      .map((variable) => [
        code(variable.name),
        readersOf(variable) === everyService ? 'every service' : readersOf(variable),
        variable.default,
        meanings[variable.name] ?? '',
      ]),
  );
}

function variableNames(): string[] {
  return [...new Set(allReaders.flatMap(({ config }) => Object.keys(config.shape)))];
}

function defaultOf(schema: z.ZodType | undefined): string {
  const absent = (schema as z.ZodType<string | number | boolean | undefined> | undefined)?.safeParse(
    undefined,
  );
  if (!absent?.success) return 'required';
  return absent.data === undefined ? '–' : code(String(absent.data));
}

const readersOf = ({ readers }: Variable) => readers.join(', ');

function headingOf(readers: string): string {
  if (readers === everyReader) return `Every service, and ${shop.name}`;
  return readers === everyService ? 'Every service' : readers;
}

const tableOf = (group: readonly Variable[]) =>
  table(
    ['variable', 'default', 'meaning'],
    group.map(({ name, default: value }) => [code(name), value, meanings[name] ?? '']),
  );
