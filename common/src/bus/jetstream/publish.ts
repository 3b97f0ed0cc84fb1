// Publishes one event, and proves that the stream has stored it.
//
// Problem: the server answers "duplicate" to a message whose id it has seen, whatever that message was. Everyone who may
// publish to the stream could use an id first, and the event would be lost. Guarantee: ids are random, and a duplicate
// counts as stored only if the message at its sequence is this event. Otherwise it is published under a fresh id.

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { jetstream, type StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { DependencyDown } from '../../errors.js';
import { messageIdOf, type Envelope } from '../../events/event.js';
import type { JetStreamState } from './connection.js';
import { managerOf, streamName, subjectOf, unlessMissing } from './stream.js';

const timeout = 3_000;

type Message = Readonly<{ subject: string; id: string; envelope: Envelope }>;

/** @throws DependencyDown when the server did not confirm that the event is stored */
export async function publish(
  { options, nats, connectedSince }: JetStreamState,
  envelope: Envelope,
): Promise<void> {
  if (!nats || !connectedSince) throw new DependencyDown('bus');
  const { namespace, log } = options;
  const subject = subjectOf(namespace, envelope.type, envelope.subject);
  const message = { subject, id: messageIdOf(envelope), envelope };
  try {
    if (await isStored(nats, streamName(namespace), message)) return;
    log.error(
      { event: envelope.id, subject, alarm: true },
      'another message has used the id of this event: it is published under a fresh id',
    );
    const fresh = { ...message, id: `${envelope.id}/${randomUUID()}` };
    if (!(await isStored(nats, streamName(namespace), fresh)))
      throw new Error('the fresh id is taken as well');
  } catch (error) {
    throw new DependencyDown('bus', { cause: error });
  }
}

/** False when the server has stored another message under this id. */
async function isStored(nats: NatsConnection, stream: string, message: Message): Promise<boolean> {
  const { subject, id, envelope } = message;
  const confirmation = await jetstream(nats).publish(subject, JSON.stringify(envelope), {
    msgID: id,
    timeout,
    retries: 0,
  });
  if (!confirmation.duplicate) return true;
  const manager = await managerOf(nats);
  const stored = await unlessMissing(manager.streams.getMessage(stream, { seq: confirmation.seq }));
  return stored ? isSame(stored, message) : false;
}

function isSame(stored: StoredMsg, { subject, id, envelope }: Message): boolean {
  return (
    stored.subject === subject &&
    stored.header.get('Nats-Msg-Id') === id &&
    isDeepStrictEqual(contentOf(stored.string()), contentOf(JSON.stringify(envelope)))
  );
}

// Each try may have a span of its own.
function contentOf(body: string): unknown {
  try {
    const { traceparent: _traceparent, ...content } = JSON.parse(body) as Envelope;
    return content;
  } catch {
    return undefined;
  }
}
