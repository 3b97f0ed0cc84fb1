import { ObjectId } from 'bson';
import { z } from 'zod';

/** The id of a user, ticket, order or payment: 24 hex digits that grow with time, so newest first is `_id` descending. */
export const Id = z.string().regex(/^[0-9a-f]{24}$/, 'must be an id: 24 hexadecimal digits');

/** A new id. */
export function newId(): string {
  return new ObjectId().toHexString();
}
