import type { Job } from '@ticketing/common/service';
import type { NotificationsContext } from '../store.js';

// Every two seconds: finds mails that wait for their next try, and those of a process that has died. A fresh mail does not
// wait for it.
export function sendMails(ctx: NotificationsContext): Job['run'] {
  return async () => ctx.mailQueue.wake();
}
