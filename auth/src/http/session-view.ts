import { z } from 'zod';
import type { Session } from '../domain/account.js';

export const SessionId = z.uuid().meta({ examples: ['1b4e28ba-2fa1-4d2c-883f-0016d3cca427'] });

const Time = z.iso.datetime().meta({ examples: ['2026-06-01T12:15:00.000Z'] });

/** An ended session whose token has not expired yet. */
export const EndedView = z.object({ id: SessionId, expiresAt: Time });

export const SessionView = z
  .object({
    id: SessionId,
    startedAt: Time,
    expiresAt: Time,
    device: z
      .string()
      .describe('The User-Agent of the client that began the session.')
      .meta({ examples: ['Mozilla/5.0 (X11; Linux x86_64)'] }),
    current: z.boolean().describe('True for the session of this request.'),
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
