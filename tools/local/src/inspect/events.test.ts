import { allEvents } from '@ticketing/common/events';
import { withoutPersonalData } from './events.js';

const address = 'ann@example.com';

test('no address, name, device, link or session of a person is shown', () => {
  const data = {
    ...{ id: '1', version: 2, email: address, name: 'Ann', locale: 'de' },
    link: { id: 'secret', email: address },
    sessions: [{ sid: 'secret' }],
    device: 'a phone',
  };
  const hidden = '•••';
  expect(withoutPersonalData({ source: 'auth', data })).toEqual({
    ...{ id: '1', version: 2, locale: 'de' },
    ...{ email: hidden, name: hidden, link: hidden, sessions: hidden, device: hidden },
  });
});

test('only auth publishes events about persons', () => {
  const others = allEvents.filter(({ source }) => source !== 'auth').map(({ type }) => type.split(':')[0]);
  expect(new Set(others)).toEqual(new Set(['ticket', 'order', 'expiration', 'payment']));
});
