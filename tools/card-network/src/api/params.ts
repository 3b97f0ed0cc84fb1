// Which parameters a call takes. What Stripe takes but this network does not carry out
// is refused by name: ignoring `capture_method=manual` would charge a buyer.
import { invalidParameter } from './errors.js';
import type { FormMap, FormValue } from '../http/form.js';

type Kinds = {
  text: string;
  integer: number;
  flag: boolean;
  map: Readonly<Record<string, string>>;
  list: readonly string[];
  form: FormMap;
  /** Accepted, without effect here. */
  ignored: undefined;
  unsupported: undefined;
};

export type Shape = Readonly<Record<string, keyof Kinds>>;
export type Params<S extends Shape> = { readonly [K in keyof S]?: Kinds[S[K]] };

export function check<S extends Shape>(form: FormMap, shape: S): Params<S> {
  const params: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(form)) {
    const kind = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (kind === undefined) {
      throw invalidParameter('parameter_unknown', name, `Received unknown parameter: ${name}`);
    }
    const read = readers[kind](value, name);
    if (read !== undefined) params[name] = read;
  }
  return params as Params<S>;
}

export function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw invalidParameter('parameter_missing', name, `Missing required param: ${name}.`);
}

const readers: { [K in keyof Kinds]: (value: FormValue, name: string) => Kinds[K] | undefined } = {
  text(value, name) {
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
  flag(value, name) {
    if (value === 'true' || value === 'false') return value === 'true';
    throw invalid(name, 'Invalid boolean');
  },
  map(value, name) {
    if (value === '') return {};
    if (typeof value === 'string') throw invalid(name, 'Invalid object');
    return texts(value, name);
  },
  list(value, name) {
    if (value === '') return [];
    if (typeof value === 'string') throw invalid(name, 'Invalid array');
    return Object.values(texts(value, name));
  },
  form(value, name) {
    if (typeof value === 'string') throw invalid(name, 'Invalid object');
    return value;
  },
  ignored: () => undefined,
  unsupported(_value, name) {
    throw invalidParameter(
      'parameter_invalid',
      name,
      `The local card network does not carry out '${name}'; Stripe does.`,
    );
  },
};

function texts(map: FormMap, name: string): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(map)) {
    if (typeof value !== 'string') throw invalid(`${name}[${key}]`, 'Invalid string');
  }
  return map as Record<string, string>;
}

/** Stripe's bounds on metadata. An empty value unsets its key. */
export function metadata(given: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const kept = Object.entries(given).filter(([, value]) => value !== '');
  if (kept.length > 50) throw invalid('metadata', 'More than 50 keys');
  for (const [key, value] of kept) {
    if (key.length > 40) throw invalid('metadata', 'Key of more than 40 characters');
    if (value.length > 500) throw invalid(`metadata[${key}]`, 'Value of more than 500 characters');
  }
  return Object.fromEntries(kept);
}

function invalid(name: string, what: string) {
  return invalidParameter('parameter_invalid', name, `${what}: ${name}`);
}
