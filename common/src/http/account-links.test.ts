import { LinkPurpose } from '../events/users.js';
import { issueLinkToken, readLinkToken } from './account-links.js';

const key = 'k'.repeat(32);
const id = '656565656565656565656502-1b4e28ba';

describe('the token of a link', () => {
  test.each(LinkPurpose.options)('for %s is read with the same key and purpose only', (purpose) => {
    const token = issueLinkToken(key, { id, purpose });
    expect(readLinkToken(key, purpose, token)).toBe(id);
    expect(readLinkToken('o'.repeat(32), purpose, token)).toBeUndefined();
    for (const other of LinkPurpose.options)
      if (other !== purpose) expect(readLinkToken(key, other, token)).toBeUndefined();
  });

  test('is the same each time, so that a mail sent again has the same link', () => {
    const link = { id, purpose: 'verify-email' } as const;
    expect(issueLinkToken(key, link)).toBe(issueLinkToken(key, link));
    expect(issueLinkToken(key, link)).toMatch(/^656565656565656565656502-1b4e28ba\.[\w-]{43}$/);
  });

  const token = issueLinkToken(key, { id, purpose: 'verify-email' });
  const [, signature = ''] = token.split('.');
  // The last letter of a signature has two bits that decoding ignores.
  const respelled = token.slice(0, -1) + String.fromCodePoint((token.codePointAt(token.length - 1) ?? 0) + 1);
  test.each([
    ['no text', ''],
    ['a dot', '.'],
    ['an id without a signature', id],
    ['an id with an empty signature', `${id}.`],
    ['a signature without an id', `.${signature}`],
    ['another id', `x${token}`],
    ['a longer signature', `${token}x`],
    ['a shorter signature', token.slice(0, -1)],
    ['another spelling of the signature', respelled],
    ['letters of several bytes', `${id}.${'ä'.repeat(43)}`],
    ['a very long text', `${'x'.repeat(100_000)}.${signature}`],
  ])('is refused if it is %s', (_what, text) => {
    expect(readLinkToken(key, 'verify-email', text)).toBeUndefined();
  });
});
