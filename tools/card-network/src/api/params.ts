// Reads and validates the parameters of a request. A parameter that Stripe supports and this network
// does not is rejected by name: ignoring `capture_method=manual` would charge the buyer.
import { invalidParameter } from './errors.js';
import type { FormMap, FormValue } from './form.js';

type Kinds = {
  string: string;
  integer: number;
  boolean: boolean;
  map: Readonly<Record<string, string>>;
  list: readonly string[];
  object: FormMap;
  /** Accepted, without effect. */
  ignored: undefined;
  /** Rejected. */
  unsupported: undefined;
};

export type Shape = Readonly<Record<string, keyof Kinds>>;
export type Params<S extends Shape> = { readonly [K in keyof S]?: Kinds[S[K]] };

export function parseParams<S extends Shape>(form: FormMap, shape: S): Params<S> {
  const params: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(form)) {
    const kind = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (kind === undefined) {
      throw invalidParameter('parameter_unknown', name, `Received unknown parameter: ${name}`);
    }
    const parsed = parsers[kind](value, name);
    if (parsed !== undefined) params[name] = parsed;
  }
  return params as Params<S>;
}

export function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw invalidParameter('parameter_missing', name, `Missing required param: ${name}.`);
}

const parsers: { [K in keyof Kinds]: (value: FormValue, name: string) => Kinds[K] | undefined } = {
  string(value, name) {
    if (typeof value !== 'string') throw invalid(name, 'Invalid string');
    if (value !== '') return value;
    throw invalidParameter(
      'parameter_invalid_empty',
      name,
      `You passed an empty string for '${name}'. Leave it out or give it a value.`,
    );
  },
  integer(value, name) {
    if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value);
    throw invalidParameter('parameter_invalid_integer', name, `Invalid integer: ${name}`);
  },
  boolean(value, name) {
    if (value === 'true' || value === 'false') return value === 'true';
    throw invalid(name, 'Invalid boolean');
  },
  map(value, name) {
    if (value === '') return {};
    if (typeof value === 'string') throw invalid(name, 'Invalid object');
    return stringMap(value, name);
  },
  list(value, name) {
    if (value === '') return [];
    if (typeof value === 'string') throw invalid(name, 'Invalid array');
    return Object.values(stringMap(value, name));
  },
  object(value, name) {
    if (typeof value === 'string') throw invalid(name, 'Invalid object');
    return value;
  },
  ignored: () => undefined,
  unsupported(_value, name) {
    throw invalidParameter(
      'parameter_invalid',
      name,
      `The local card network does not support '${name}'; Stripe does.`,
    );
  },
};

function stringMap(map: FormMap, name: string): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(map)) {
    if (typeof value !== 'string') throw invalid(`${name}[${key}]`, 'Invalid string');
  }
  return map as Record<string, string>;
}

/** Applies Stripe's limits. An empty value removes its key. */
export function metadata(given: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const entries = Object.entries(given).filter(([, value]) => value !== '');
  if (entries.length > 50) throw invalid('metadata', 'More than 50 keys');
  for (const [key, value] of entries) {
    if (key.length > 40) throw invalid('metadata', 'Key of more than 40 characters');
    if (value.length > 500) throw invalid(`metadata[${key}]`, 'Value of more than 500 characters');
  }
  return Object.fromEntries(entries);
}

/** Adds to the present metadata and replaces its values; an empty value removes its key. */
export function updatedMetadata(
  present: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return metadata({ ...present, ...given });
}

/** `value` as one of the allowed values, or undefined when the parameter is absent. */
export function oneOf(allowed: readonly string[], value: string | undefined, name: string) {
  if (value === undefined || allowed.includes(value)) return value;
  throw invalidParameter('parameter_invalid', name, `Invalid ${name}: ${value}`);
}

function invalid(name: string, problem: string) {
  return invalidParameter('parameter_invalid', name, `${problem}: ${name}`);
}
