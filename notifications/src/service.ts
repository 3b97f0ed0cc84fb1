import {
  LinkRequested,
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  PasswordChanged,
  PaymentPartlyRefunded,
  PaymentRefunded,
  UserCreated,
  UserDeleted,
  UserSignedIn,
  UserUpdated,
} from '@ticketing/common/events';
import { get, post, put } from '@ticketing/common/http';
import { defineService, every, mongodb, on } from '@ticketing/common/service';
import { Config } from './config.js';
import { sendLink, notifyNewPassword, notifySignIn } from './events/on-account-event.js';
import { notifyCancelled, notifyPaid } from './events/on-order-changed.js';
import { recordOrder } from './events/on-order-created.js';
import { notifyRefunds, notifyWholeRefund } from './events/on-payment-refunded.js';
import { recordPerson } from './events/on-user-changed.js';
import { forgetPerson } from './events/on-user-deleted.js';
import { listNotifications } from './http/list-notifications.js';
import { markRead } from './http/mark-read.js';
import { setPreferences } from './http/set-preferences.js';
import { showPreferences } from './http/show-preferences.js';
import { unsubscribe } from './http/unsubscribe.js';
import { sendMails } from './jobs/send-mails.js';
import { measureMails } from './metrics.js';
import { findPeople, stuckMails } from './operator.js';
import { exportSnapshot } from './snapshot.js';
import { openContext } from './store.js';
import { unsubscribePage } from './unsubscribe-page.js';

export const service = defineService({
  name: 'notifications',
  config: Config,
  storage: mongodb,
  sessions: true,
  open: openContext,
  routes: (ctx) => [
    get('/api/notifications', listNotifications(ctx)),
    post('/api/notifications/read', markRead(ctx)),
    get('/api/notifications/preferences', showPreferences(ctx)),
    put('/api/notifications/preferences', setPreferences(ctx)),
    post('/api/notifications/unsubscribe/:token', unsubscribe(ctx)),
  ],
  refusals: {
    'link-invalid': {
      status: 400,
      message: 'This link is not valid. Sign in to choose which mails you get.',
    },
  },
  files: unsubscribePage,
  subscriptions: (ctx) => [
    on(OrderCreated, recordOrder(ctx)),
    on(OrderCompleted, notifyPaid(ctx)),
    on(OrderCancelled, notifyCancelled(ctx)),
    on(PaymentPartlyRefunded, notifyRefunds(ctx)),
    on(PaymentRefunded, notifyWholeRefund(ctx)),
    on(UserCreated, recordPerson(ctx)),
    on(UserUpdated, recordPerson(ctx)),
    on(LinkRequested, sendLink(ctx)),
    on(UserSignedIn, notifySignIn(ctx)),
    on(PasswordChanged, notifyNewPassword(ctx)),
    on(UserDeleted, forgetPerson(ctx)),
  ],
  jobs: (ctx) => [every(ctx.config.MAIL_SWEEP_MS, 'send-mails', sendMails(ctx))],
  workers: (ctx) => [ctx.mailQueue],
  gauge: measureMails,
  snapshot: exportSnapshot,
  office: '/api/notifications/office',
  find: findPeople,
  stuck: stuckMails,
});
