import { OrderCancelled, OrderCompleted, OrderRefunded } from '@ticketing/common/events';
import { del, get, post, put } from '@ticketing/common/http';
import { defineService, every, mongodb, on } from '@ticketing/common/service';
import { z } from 'zod';
import { Config } from './config.js';
import { docsPage } from './docs-page.js';
import { recordPaidOrder } from './events/on-order-completed.js';
import { recordOrderEnd } from './events/on-order-ended.js';
import { changePassword } from './http/change-password.js';
import { changeProfile } from './http/change-profile.js';
import { confirmEmailChange } from './http/confirm-email-change.js';
import { deleteAccount } from './http/delete-account.js';
import { exportAccount } from './http/export-account.js';
import { listSessions } from './http/list-sessions.js';
import { requestEmailChange } from './http/request-email-change.js';
import { requestEmailVerification } from './http/request-email-verification.js';
import { requestPasswordReset } from './http/request-password-reset.js';
import { resetPassword } from './http/reset-password.js';
import { revokeSession } from './http/revoke-session.js';
import { showCurrentUser } from './http/show-current-user.js';
import { showProfile } from './http/show-profile.js';
import { signIn } from './http/sign-in.js';
import { signOut } from './http/sign-out.js';
import { signUp } from './http/sign-up.js';
import { verifyEmail } from './http/verify-email.js';
import { linkPage } from './link-page.js';
import { eraseDeletedAccounts } from './jobs/erase-deleted-accounts.js';
import { blockAccount, findAccount, grant, revoke, unblockAccount } from './operator.js';
import { openContext } from './store.js';

const eraseEveryMs = 60_000;

export const service = defineService({
  name: 'auth',
  config: Config,
  storage: mongodb,
  sessions: true,
  open: openContext,
  routes: (ctx) => [
    post('/api/users/signup', signUp(ctx)),
    post('/api/users/signin', signIn(ctx)),
    post('/api/users/signout', signOut(ctx)),
    get('/api/users/currentuser', showCurrentUser()),
    get('/api/users/sessions', listSessions(ctx)),
    del('/api/users/sessions/:sessionId', revokeSession(ctx)),
    post('/api/users/password', changePassword(ctx)),
    post('/api/users/password-resets', requestPasswordReset(ctx)),
    post('/api/users/password-resets/confirm', resetPassword(ctx)),
    post('/api/users/email-verifications', requestEmailVerification(ctx)),
    post('/api/users/email-verifications/confirm', verifyEmail(ctx)),
    post('/api/users/email-changes', requestEmailChange(ctx)),
    post('/api/users/email-changes/confirm', confirmEmailChange(ctx)),
    get('/api/users/profile', showProfile(ctx)),
    put('/api/users/profile', changeProfile(ctx)),
    get('/api/users/export', exportAccount(ctx)),
    del('/api/users', deleteAccount(ctx)),
  ],
  refusals: {
    'invalid-credentials': { status: 401, message: 'The e-mail address or the password is wrong.' },
    'account-blocked': { status: 403, message: 'This account is blocked. Contact support.' },
    'email-not-verified': {
      status: 403,
      message: 'This e-mail address is not verified. Open the link in the mail that was sent to it.',
    },
    'wrong-password': { status: 403, message: 'The password is wrong.' },
    'has-paid-tickets': {
      status: 409,
      message:
        'This account has paid tickets, which are lost with it. Confirm that with acceptLossOfTickets.',
      details: z.object({ paidTickets: z.int().min(1) }),
    },
    'too-many-sessions': { status: 409, message: 'This account has too many sessions. Try again later.' },
    'email-in-use': { status: 409, message: 'An account with this e-mail address exists.' },
    'link-invalid': {
      status: 410,
      message: 'This link has been used, has expired or is incomplete. Ask for a new one.',
    },
    'too-many-mails': { status: 429, message: 'Too many mails were asked for. Try again later.' },
    'too-many-attempts': { status: 429, message: 'Too many failed sign-ins. Try again later.' },
  },
  subscriptions: (ctx) => [
    on(OrderCompleted, recordPaidOrder(ctx)),
    on(OrderCancelled, recordOrderEnd(ctx)),
    on(OrderRefunded, recordOrderEnd(ctx)),
  ],
  jobs: (ctx) => [every(eraseEveryMs, 'erase-deleted-accounts', eraseDeletedAccounts(ctx))],
  // The copies of paid orders only matter when an account is deleted.
  gatherEventsMs: 250,
  commands: [blockAccount, unblockAccount, grant, revoke],
  office: '/api/users/office',
  find: findAccount,
  files: { ...docsPage, ...linkPage },
});
