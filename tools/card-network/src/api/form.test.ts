import { ApiError } from '../api/errors.js';
import { parseForm } from './form.js';

describe('a request body', () => {
  it.each([
    ['', {}],
    ['amount=100&currency=usd', { amount: '100', currency: 'usd' }],
    ['card[token]=tok_visa', { card: { token: 'tok_visa' } }],
    ['card%5Btoken%5D=tok_visa', { card: { token: 'tok_visa' } }],
    ['metadata[orderId]=o1&metadata[a%20b]=x+y', { metadata: { orderId: 'o1', 'a b': 'x y' } }],
    ['types[0]=card&types[1]=link', { types: { 0: 'card', 1: 'link' } }],
    ['types[]=card&types[]=link', { types: { 0: 'card', 1: 'link' } }],
    ['a[b][c][d]=1', { a: { b: { c: { d: '1' } } } }],
    ['flag', { flag: '' }],
    ['note=%C3%BC', { note: 'ü' }],
  ])('parses %j', (text, expected) => {
    expect(structuredClone(parseForm(text))).toEqual(expected);
  });

  it.each([
    'a=1&a=2',
    'a=1&a[b]=2',
    'a[b]=1&a=2',
    'a[b=1',
    'a]b[=1',
    '[a]=1',
    'a[1][2][3][4][5][6][7]=1',
    'a=%zz',
  ])('rejects %j', (text) => {
    expect(() => parseForm(text)).toThrow(ApiError);
  });

  it('cannot change the prototype of objects', () => {
    parseForm('__proto__[polluted]=yes&constructor[prototype][polluted]=yes');
    expect({}).not.toHaveProperty('polluted');
  });
});
