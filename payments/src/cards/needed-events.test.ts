import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { neededEvents } from './webhook-event.js';

const read = (...path: string[]) => readFileSync(join(__dirname, '..', '..', '..', ...path), 'utf8');

test.each([
  [['tools', 'local', 'src', 'processes.ts']],
  [['infra', 'k8s', 'components', 'card-network', 'cards.yaml']],
])('the card network sends the needed events: %j', (path) => {
  expect(/CARDS_WEBHOOK_EVENTS\W.*?'([\w.,]+)'/s.exec(read(...path))?.[1]?.split(',')).toEqual(neededEvents);
});

test('docs/operations.md names the needed events, and no other', () => {
  const named = read('docs', 'operations.md').match(/`(payment_intent|charge|refund)\.[\w.]+`/g);
  expect(named?.map((type) => type.slice(1, -1))).toEqual(neededEvents);
});
