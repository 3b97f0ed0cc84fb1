import { ApiError } from './errors.js';
import { parseForm } from './form.js';
import { metadata, parseParams, required, type Shape } from './params.js';

const shape = {
  amount: 'integer',
  currency: 'string',
  confirm: 'boolean',
  metadata: 'map',
  types: 'list',
  return_url: 'ignored',
  capture_method: 'unsupported',
} as const satisfies Shape;

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return 'accepted';
  } catch (thrown) {
    return thrown instanceof ApiError ? thrown.body.code : String(thrown);
  }
};

describe('the parameters of a request', () => {
  it('are parsed by their kind', () => {
    const form = parseForm('amount=-5&currency=usd&confirm=false&metadata[a]=b&types[0]=card&return_url=x');
    expect(parseParams(form, shape)).toEqual({
      amount: -5,
      currency: 'usd',
      confirm: false,
      metadata: { a: 'b' },
      types: ['card'],
    });
  });

  it.each([
    ['amout=1', 'parameter_unknown'],
    ['toString=1', 'parameter_unknown'],
    ['amount=1.5', 'parameter_invalid_integer'],
    ['amount=', 'parameter_invalid_integer'],
    ['amount[x]=1', 'parameter_invalid_integer'],
    ['currency=', 'parameter_invalid_empty'],
    ['currency[x]=usd', 'parameter_invalid'],
    ['confirm=yes', 'parameter_invalid'],
    ['metadata=x', 'parameter_invalid'],
    ['metadata[a][b]=x', 'parameter_invalid'],
    ['types=card', 'parameter_invalid'],
    ['capture_method=manual', 'parameter_invalid'],
    ['metadata=&types=', 'accepted'],
  ])('given as %j: %s', (text, code) => {
    expect(codeOf(() => parseParams(parseForm(text), shape))).toBe(code);
  });

  it('are rejected when a required one is missing', () => {
    expect(codeOf(() => required(undefined, 'amount'))).toBe('parameter_missing');
  });
});

describe('metadata', () => {
  it('drops empty values', () => {
    expect(metadata({ a: '', b: 'x' })).toEqual({ b: 'x' });
  });

  it.each([
    ['51 keys', Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v']))],
    ['a long key', { ['k'.repeat(41)]: 'v' }],
    ['a long value', { k: 'v'.repeat(501) }],
  ])('is rejected with %s', (_description, given) => {
    expect(codeOf(() => metadata(given))).toBe('parameter_invalid');
  });
});
