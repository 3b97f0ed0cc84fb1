import { z } from 'zod';
import { optionalKinds, type OptionalKind, type Person } from '../domain/person.js';

const isSent = z.boolean();

/** Which mails that people can do without are sent. */
export const Preferences = z
  .strictObject({
    mails: z.strictObject({
      'order-expired': isSent,
      'seller-sold': isSent,
      'seller-refunded': isSent,
    } satisfies Record<OptionalKind, typeof isSent>),
  })
  .meta({ id: 'NotificationPreferences' });
export type Preferences = z.infer<typeof Preferences>;

export function viewPreferences({ unwanted = [] }: Pick<Person, 'unwanted'>): Preferences {
  const mails = optionalKinds.map((kind) => [kind, !unwanted.includes(kind)]);
  return { mails: Object.fromEntries(mails) as Preferences['mails'] };
}

export const unwantedIn = ({ mails }: Preferences): OptionalKind[] =>
  optionalKinds.filter((kind) => !mails[kind]);
