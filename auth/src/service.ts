import {
  defineService,
  del,
  endSessions,
  every,
  get,
  on,
  post,
  SessionRevoked,
  UserDeleted,
} from '@ticketing/common';
import { Config } from './config.js';
import { openContext } from './context.js';
import { docsPage } from './docs-page.js';
import { changePassword } from './use-cases/change-password.js';
import { deleteAccount } from './use-cases/delete-account.js';
import { exportAccount } from './use-cases/export-account.js';
import { listSessions } from './use-cases/list-sessions.js';
import { revokeSession } from './use-cases/revoke-session.js';
import { showCurrentUser } from './use-cases/show-current-user.js';
import { signIn } from './use-cases/sign-in.js';
import { signOut } from './use-cases/sign-out.js';
import { signUp } from './use-cases/sign-up.js';

export const service = defineService({
  name: 'auth',
  config: Config,
  open: openContext,
  routes: (ctx) => [
    post('/api/users/signup', signUp(ctx)),
    post('/api/users/signin', signIn(ctx)),
    post('/api/users/signout', signOut(ctx)),
    get('/api/users/currentuser', showCurrentUser()),
    get('/api/users/sessions', listSessions(ctx)),
    del('/api/users/sessions/:sessionId', revokeSession(ctx)),
    post('/api/users/password', changePassword(ctx)),
    get('/api/users/export', exportAccount(ctx)),
    del('/api/users', deleteAccount(ctx)),
  ],
  files: docsPage,
  refusals: {
    'invalid-credentials': { status: 401, message: 'E-mail address or password is wrong.' },
    'wrong-password': { status: 403, message: 'The password is wrong.' },
    'too-many-sessions': {
      status: 409,
      message: 'This account was signed in to too often. Try again later.',
    },
    'email-in-use': { status: 409, message: 'There is an account with this e-mail address.' },
    'too-many-attempts': { status: 429, message: 'Too many failed sign-ins. Try again later.' },
  },
  // Whoever ends a session stores that here at once; the event is for when it dies before.
  subscriptions: (ctx) => [on(SessionRevoked, endSessions(ctx)), on(UserDeleted, endSessions(ctx))],
  jobs: (ctx) => [every(1_000, 'refresh-revoked-sessions', () => ctx.revokedSessions.refresh())],
});
