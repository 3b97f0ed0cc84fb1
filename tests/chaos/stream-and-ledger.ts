// Reads the events in the stream, and the ledger of the card network.

import { setTimeout as delay } from 'node:timers/promises';
import { openBus } from '@ticketing/common/bus';
import { allEvents, Envelope } from '@ticketing/common/events';
import { createLogger } from '@ticketing/common/observability';
import { BaseConfig, readConfig } from '@ticketing/common/service';
import type { Intent, Snapshot, System } from './snapshot.js';

type Events = Snapshot['events'];

const idleMs = 2_000;
const idleIfMissingMs = 20_000;

// A new consumer receives the stream from its first message. NATS Streaming does not tell where the stream ends, so it has
// ended when nothing has come for a while: for long, if something is missing, because the machine may be busy.
export async function readStream(system: System, isWhole: (events: Events) => boolean): Promise<Events> {
  const events = new Map<string, Envelope[]>();
  let last = Date.now();
  const config = readConfig(BaseConfig, system.busEnv);
  const log = createLogger('checker', 'silent');
  const bus = openBus(config, { clientName: 'checker', log, onUnusable: () => undefined });
  bus.consume({
    service: `checker-${Date.now()}`,
    types: allEvents.map(({ type }) => type),
    concurrency: 100,
    deliver: async (message) => {
      last = Date.now();
      const envelope = Envelope.parse(JSON.parse(message.body));
      events.set(envelope.subject, [...(events.get(envelope.subject) ?? []), envelope]);
      message.ack();
    },
  });
  const idle = async (milliseconds: number) => {
    while (Date.now() - last < milliseconds) await delay(100);
  };
  await idle(idleMs);
  if (!isWhole(events)) await idle(idleIfMissingMs);
  await bus.close();
  return events;
}

// Other installations may use the same account.
export async function readLedger({ cardsUrl, busEnv }: System): Promise<Intent[]> {
  const installation = busEnv['INSTALLATION_ID'];
  const answer = await fetch(`${cardsUrl}/ledger${installation ? `?installation=${installation}` : ''}`);
  const { paymentIntents } = (await answer.json()) as {
    paymentIntents: (Omit<Intent, 'orderId'> & { metadata: { orderId?: string } })[];
  };
  return paymentIntents.map(({ metadata, ...intent }) => ({ ...intent, orderId: metadata.orderId ?? '' }));
}
