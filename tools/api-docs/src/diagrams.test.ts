import { root } from '@ticketing/common/testing/servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagramsOf, mistakesIn } from './diagrams.js';

const sound = `sequenceDiagram
  actor buyer
  participant orders
  participant tickets
  buyer->>orders: POST /api/orders
  orders-)tickets: order:created
  orders-->>buyer: 409 ticket-reserved
`;

describe('a sequence diagram', () => {
  test('without mistakes is accepted', () => {
    expect(mistakesIn(sound)).toEqual([]);
  });

  test.each([
    ['an undeclared service', 'participant tickets', 'participant shipping', 'shipping is no service'],
    ['an undeclared participant', 'actor buyer', '', 'buyer is no participant'],
    ['an undeclared event', 'order:created', 'order:shipped', 'order:shipped is no event'],
    [
      'an undeclared event of three words',
      'order:created',
      'order:places-lost',
      'order:places-lost is no event',
    ],
    [
      'an event of another publisher',
      'order:created',
      'ticket:created',
      'orders does not publish ticket:created',
    ],
    [
      'an event without this consumer',
      'orders-)tickets',
      'orders-)orders',
      'orders does not consume order:created',
    ],
    ['an undeclared route', 'POST /api/orders', 'POST /api/order', 'orders has no route POST /api/order'],
    ['an undeclared answer', '409 ticket-reserved', '204', 'the route does not answer 204'],
    ['an undeclared refusal', 'ticket-reserved', 'ticket-gone', 'the route does not answer 409 ticket-gone'],
    ['an answer to nobody', 'orders-->>buyer', 'tickets-->>buyer', 'tickets was not asked by buyer'],
  ])('with %s is refused', (_what, right, wrong, mistake) => {
    expect(mistakesIn(sound.replace(right, wrong)).join('\n')).toContain(mistake);
  });
});

describe('docs/how-it-works.md', () => {
  const diagrams = diagramsOf(readFileSync(join(root, 'docs', 'how-it-works.md'), 'utf8'));

  test('has seven sequence diagrams', () => {
    expect(diagrams).toHaveLength(7);
  });

  test.each(diagrams.map((diagram, index) => [index + 1, diagram]))(
    'diagram %i shows only what is declared',
    (_number, diagram) => {
      expect(mistakesIn(String(diagram))).toEqual([]);
    },
  );
});
