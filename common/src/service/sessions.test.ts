import { refreshSessions } from './sessions.js';

test('a process reads the ended sessions every second, so an ended session is refused within five', () => {
  expect(refreshSessions({} as never).everyMs).toBeLessThanOrEqual(1_000);
});
