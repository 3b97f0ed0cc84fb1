// The events of a dispute, as Stripe sends them.
import type { Event } from '../api/handler.js';
import { disputeView } from './dispute-view.js';
import { isInquiry, type Dispute } from './dispute.js';

export function disputeOpened(dispute: Dispute): readonly Event[] {
  const object = disputeView(dispute);
  const created = { type: 'charge.dispute.created', object };
  return isInquiry(dispute) ? [created] : [created, { type: 'charge.dispute.funds_withdrawn', object }];
}

export function disputeClosed(before: Dispute, dispute: Dispute): readonly Event[] {
  const object = disputeView(dispute);
  return [
    { type: 'charge.dispute.updated', object, previous: { status: before.status } },
    { type: 'charge.dispute.closed', object },
    ...(dispute.status === 'won' ? [{ type: 'charge.dispute.funds_reinstated', object }] : []),
  ];
}
