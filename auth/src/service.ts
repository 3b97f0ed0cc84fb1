import { defineService, get, post } from '@ticketing/common';
import { Config } from './config.js';
import { openContext } from './context.js';
import { docsPage } from './docs-page.js';
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
    post('/api/users/signout', signOut()),
    get('/api/users/currentuser', showCurrentUser()),
  ],
  files: docsPage,
  refusals: {
    'invalid-credentials': { status: 401, message: 'E-mail address or password is wrong.' },
    'email-in-use': { status: 409, message: 'There is an account with this e-mail address.' },
    'too-many-attempts': { status: 429, message: 'Too many failed sign-ins. Try again later.' },
  },
});
