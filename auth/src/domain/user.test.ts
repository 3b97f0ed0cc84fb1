import { register } from './user.js';

const applicant = { id: '1'.repeat(24), email: 'ada@example.com', passwordHash: 'x' };
const holder = { ...applicant, id: '2'.repeat(24), version: 0 };

describe('an e-mail address', () => {
  test('that is free becomes an account', () => {
    expect(register(applicant, undefined)).toMatchObject({
      outcome: 'accepted',
      state: { ...applicant, version: 0 },
    });
  });

  test('that somebody has is refused: email-in-use', () => {
    expect(register(applicant, holder)).toEqual({ outcome: 'refused', code: 'email-in-use' });
  });
});
