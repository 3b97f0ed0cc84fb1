// Membership in a durable queue group: the processes of one service share the messages of a channel.

import type { Message } from 'node-nats-streaming';
import { toError, type StanClient } from './client.js';
import type { Delivery } from './in-flight.js';

export type QueueGroup = Readonly<{ channel: string; name: string; ackWaitMs: number; maxInFlight: number }>;

/** Joins the group. The returned function leaves it; the group keeps its position. */
export async function joinQueueGroup(
  { stan, nats, ended, end }: StanClient,
  { channel, name, ackWaitMs, maxInFlight }: QueueGroup,
  take: (delivery: Delivery) => void,
): Promise<() => Promise<void>> {
  const options = stan
    .subscriptionOptions()
    .setDeliverAllAvailable()
    .setDurableName(name)
    .setManualAckMode(true)
    .setMaxInFlight(maxInFlight)
    .setAckWait(Math.ceil(ackWaitMs / 1_000) * 1_000);
  const subscription = stan.subscribe(channel, name, options);
  for (const event of ['error', 'timeout'])
    subscription.on(event, (reason: unknown) => end(toError(reason ?? event)));
  subscription.on('message', (message: Message) => take(toDelivery(message, () => nats.connected)));
  const joined = new Promise<undefined>((resolve) => subscription.once('ready', () => resolve(undefined)));
  const failure = await Promise.race([joined, ended]);
  if (failure) throw failure;
  return async () => {
    if (!nats.connected) return;
    const left = new Promise<void>((resolve) => void subscription.once('closed', resolve));
    subscription.close();
    await Promise.race([left, ended]);
  };
}

function toDelivery(message: Message, isConnected: () => boolean): Delivery {
  const storedAt = message.getTimestamp();
  return {
    // A wiped server counts from 1 again. The time tells its new messages from the old ones with the same number.
    key: `${message.getSubject()} ${message.getSequence()} ${storedAt.getTime()}`,
    type: message.getSubject(),
    body: message.getRawData().toString(),
    isRedelivery: message.isRedelivered(),
    storedAt,
    arrivedAt: performance.now(),
    // Without a connection, the library would throw.
    ack: () => void (isConnected() && message.ack()),
  };
}
