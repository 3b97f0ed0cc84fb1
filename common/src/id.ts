import { ObjectId } from 'bson';
import { z } from 'zod';

/** The id of a user, ticket, order or payment: 24 hexadecimal digits. Ids grow with time, so they sort by age. */
export const Id = z.string().regex(/^[0-9a-f]{24}$/, 'must be an id of 24 hexadecimal digits');

/** Creates an id. Its first 4 bytes are the seconds of `at`, by default of the machine's clock. */
export function newId(at?: Date): string {
  const bytes = ObjectId.generate(at && Math.floor(at.getTime() / 1_000));
  return Buffer.from(bytes).toString('hex');
}
