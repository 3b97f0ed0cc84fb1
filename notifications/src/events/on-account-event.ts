import type { Incoming, LinkRequested, PasswordChanged, UserSignedIn } from '@ticketing/common/events';
import { onLinkRequested, onPasswordChanged, onSignedIn, type Notice } from '../domain/notice.js';
import type { NotificationsContext } from '../store.js';
import { newNotices } from '../notify-once.js';

type Event = Pick<Incoming<typeof LinkRequested>, 'time' | 'cause'>;

const notifyOwner = (ctx: NotificationsContext, notice: Notice, event: Event) =>
  ctx.notify(newNotices(ctx, [notice], event));

// on user:link-requested: sends a link to the address that it proves.
export function sendLink(ctx: NotificationsContext) {
  return (event: Incoming<typeof LinkRequested>) => {
    const { id, version, link } = event.data;
    const expiresAt = new Date(link.expiresAt);
    return notifyOwner(ctx, onLinkRequested(id, version, { ...link, expiresAt }), event);
  };
}

// on user:signed-in: warns the owner of a sign-in from a new network.
export function notifySignIn(ctx: NotificationsContext) {
  return (event: Incoming<typeof UserSignedIn>) => {
    const { at, device } = event.data;
    return notifyOwner(ctx, onSignedIn(event.data, { at: new Date(at), device }), event);
  };
}

// on user:password-changed: warns the owner of a new password.
export function notifyNewPassword(ctx: NotificationsContext) {
  return (event: Incoming<typeof PasswordChanged>) => {
    const { at, by } = event.data;
    return notifyOwner(ctx, onPasswordChanged(event.data, { at: new Date(at), by }), event);
  };
}
