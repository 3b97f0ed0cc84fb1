// Parses Stripe's form encoding: `metadata[orderId]=o1&payment_method_types[0]=card`.
import { invalidParameter } from './errors.js';

export type FormValue = string | FormMap;
export type FormMap = { [name: string]: FormValue };

/** Has no prototype, so that `__proto__` is an ordinary key. */
const emptyMap = (): FormMap => Object.create(null) as FormMap;

const KEY = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;
const MAX_DEPTH = 5;

export function parseForm(text: string): FormMap {
  const form = emptyMap();
  if (text === '') return form;
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (name !== '') assign(form, name, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return form;
}

function assign(form: FormMap, name: string, value: string): void {
  if (!name.includes('[')) return set(form, name, value, name);

  const [, first = '', brackets = ''] = KEY.exec(name) ?? [];
  const path = [first, ...brackets.slice(1, -1).split('][')];
  const last = path.pop() ?? '';
  if (first === '' || path.length > MAX_DEPTH) throw malformed(name);

  let map = form;
  for (const key of path) {
    const inner = (map[resolveKey(map, key)] ??= emptyMap());
    if (typeof inner === 'string') throw malformed(name);
    map = inner;
  }
  set(map, resolveKey(map, last), value, name);
}

/** `list[]=a&list[]=b` appends. */
function resolveKey(map: FormMap, key: string): string {
  return key === '' ? String(Object.keys(map).length) : key;
}

function set(map: FormMap, key: string, value: string, name: string): void {
  if (key in map) throw malformed(name);
  map[key] = value;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text);
  } catch {
    throw malformed(text);
  }
}

function malformed(name: string) {
  return invalidParameter('parameter_invalid', name, `Invalid form encoding at: ${name}`);
}
