import type { DeadLetters } from '../bus/dead-letters.js';
import type { Bus } from '../bus/bus.js';
import type { RunningService } from './running-service.js';
import { findStuck } from './stuck.js';
import type { Overview } from './views.js';

const maxStuck = 100;
const maxLetters = 50;

/** The stuck items, the dead letters and the consumer lag of a service. */
export async function readOverview(running: Pick<RunningService, 'service' | 'parts'>): Promise<Overview> {
  const { base, storage } = running.parts;
  const [stuck, deadLetters, lag, parked, depths] = await Promise.all([
    readStuck(running),
    readLetters(storage.deadLetters),
    readLag(base.bus),
    storage.parkedMessages.depth(),
    Promise.all(storage.outboxes.map((outbox) => outbox.depth())),
  ]);
  const { count, oldestSeconds } = parked;
  return {
    ...{ service: running.service.name, stuck, deadLetters },
    ...(lag && { lag }),
    parked: { count, oldestSeconds },
    unpublished: depths.reduce((sum, { entries }) => sum + entries, 0),
  };
}

async function readStuck(running: Pick<RunningService, 'service' | 'parts'>): Promise<Overview['stuck']> {
  const stuck: Overview['stuck'] = [];
  for await (const { what, problem, since, action } of findStuck(running))
    if (stuck.push({ what, problem, since: since.toISOString(), action }) === maxStuck) break;
  return stuck;
}

// The content stays away: it may be large, and may hold an address.
async function readLetters(deadLetters: DeadLetters): Promise<Overview['deadLetters']> {
  const oldest: Overview['deadLetters']['oldest'] = [];
  for await (const { id, type, error, tries, diedAt } of deadLetters.list()) {
    const [line = ''] = error.split('\n', 1);
    if (oldest.push({ id, type, error: line, tries, diedAt: diedAt.toISOString() }) === maxLetters) break;
  }
  return { count: await deadLetters.count(), oldest };
}

async function readLag(bus: Bus): Promise<Overview['lag']> {
  const window = await bus.window();
  if (!window) return undefined;
  const { used, limit, waiting } = window;
  return { ...(waiting !== undefined && { waiting }), inFlight: used, limit };
}
