import { toGerman } from './to-german.js';

test.each([
  ['open, although its time is over', 'offen, obwohl die Zeit zum Bezahlen um ist'],
  ['given up: 550 no such mailbox', 'aufgegeben: 550 no such mailbox'],
  ['mail order-paid to 65f1', 'Mail „order-paid“ an 65f1'],
  ['attempt 2: card-declined, expired-card', 'Versuch 2: card-declined, expired-card'],
  ['ticket 65f1 (places 3, 4), ticket 65f2 (place 0)', 'Ticket 65f1 (Plätze 3, 4), Ticket 65f2 (Platz 0)'],
  [
    'Ask again: ops refund 65f1 [amount]. See why it failed: ops history payment 65f1',
    'Versuche es noch einmal: ops refund 65f1 [amount]. Warum sie gescheitert ist, zeigt: ops history payment 65f1',
  ],
  [
    'List them with "ops dead-letters list orders", repair the cause, then replay them.',
    'Zeige sie mit „ops dead-letters list orders“, behebe die Ursache und verarbeite sie dann erneut.',
  ],
])('%j is said in German', (english, german) => {
  expect(toGerman(english)).toBe(german);
});

test('a sentence that it does not know stays English', () => {
  expect(toGerman('something new')).toBeUndefined();
});
