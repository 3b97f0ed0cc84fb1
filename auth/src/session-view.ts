import { z } from 'zod';
import type { Session } from './domain/user.js';

export const SessionView = z
  .object({
    id: z.string(),
    startedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    device: z.string().describe('what the client called itself'),
    current: z.boolean().describe('whether this request was made by it'),
  })
  .meta({ id: 'Session' });

export function viewSession({ sid, startedAt, expiresAt, device }: Session, current: string) {
  return {
    id: sid,
    startedAt: startedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    device,
    current: sid === current,
  } satisfies z.infer<typeof SessionView>;
}
