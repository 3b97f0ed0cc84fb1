// People with accounts, and the links in their mails, for tests.

import { issueLinkToken } from '@ticketing/common/http';
import type { LinkPurpose } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { eventually, type TestService } from '@ticketing/common/testing';

export const password = 'correct horse';
export const anEmail = () => `${newId()}@example.com`;

type Requested = { link: { id: string; purpose: LinkPurpose; email: string; expiresAt: string } };
type Answer = {
  status: number;
  body: { errors?: { code: string }[] };
  get(name: 'Set-Cookie'): string[] | undefined;
};

export const codeOf = ({ status, body }: Answer) => `${status} ${body.errors?.[0]?.code ?? ''}`.trim();
export const cookieOf = (answer: Answer) => (answer.get('Set-Cookie') ?? [])[0]?.split(';')[0] ?? '';

let hosts = 0;
/** A client's address that no other test uses. The service needs TRUST_PROXY=1. */
export const aHost = () => `10.1.${(hosts += 1) >> 8}.${hosts & 255}`;

/** Requests to auth by the people of a test. */
export function peopleOf(auth: TestService<unknown>) {
  const post = (path: string, body: object = {}, { cookie = '', host = aHost() } = {}) =>
    auth.request.post(`/api/users/${path}`).set('Cookie', cookie).set('X-Forwarded-For', host).send(body);
  const linksOf = (id: string, purpose: LinkPurpose) =>
    (auth.eventsOf('user:link-requested', id) as Requested[])
      .map(({ link }) => link)
      .filter((link) => link.purpose === purpose);
  const tokenOf = ({ id, purpose }: Requested['link']) =>
    issueLinkToken(auth.env['ACCOUNT_LINK_KEY'] ?? '', { id, purpose });

  return {
    post,
    linksOf,
    tokenOf,
    signIn: (email: string, guess = password, host = aHost()) =>
      post('signin', { email, password: guess }, { host }),

    async signUp(email = anEmail(), host = aHost()) {
      const answer = await post('signup', { email, password }, { host }).expect(201);
      return { id: String(answer.body.id), email, host, cookie: cookieOf(answer) };
    },

    /** The token in the newest mail for this purpose, once there are `count` of them. */
    async token(id: string, purpose: LinkPurpose, count = 1): Promise<string> {
      const links = await eventually(() => {
        const found = linksOf(id, purpose);
        expect(found).toHaveLength(count);
        return found;
      });
      return tokenOf(links.at(-1) as Requested['link']);
    },

    isSignedIn: async (cookie: string) =>
      (await auth.request.get('/api/users/currentuser').set('Cookie', cookie)).body.currentUser !== null,
  };
}
