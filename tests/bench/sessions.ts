// npm run bench -- sessions: verifications of a session token per second of one core, without a server.

import { randomBytes } from 'node:crypto';
import { issueToken, sessionKeys, verifyToken } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import { sessionKeyPair } from '@ticketing/common/testing/servers';

type Print = (line: string) => void;

const rounds = 5;
const secondsEach = 1;
const people = 1_000;

/** Prints the rate of each kind of token, with its signature verified each time and from the cache. */
export function sessionsCost(print: Print): void {
  const kinds = {
    HS256: sessionKeys({ JWT_KEY: randomBytes(32).toString('hex') }),
    ES256: sessionKeys(sessionKeyPair()),
  };
  const rows = Object.entries(kinds).flatMap(([kind, keys]) => {
    const tokens = Array.from({ length: people }, () => {
      const id = newId();
      return issueToken({ id, email: `${id}@example.com` }, keys);
    });
    const verifyAll = () => {
      for (const token of tokens) if (!verifyToken(token, keys)) throw new Error('A valid token is refused.');
    };
    const withoutCache = () => {
      keys.verified.clear();
      verifyAll();
    };
    return [
      { name: `${kind}, not cached`, run: withoutCache, values: [] as number[] },
      { name: `${kind}, cached`, run: verifyAll, values: [] as number[] },
    ];
  });
  // In turn, so that changes in the speed of the machine affect all alike. The first round warms up.
  for (let round = 0; round <= rounds; round += 1)
    for (const { run, values } of rows) {
      const perSecond = rateOf(run);
      if (round > 0) values.push(perSecond);
    }
  print('| verifications/s | median | µs each | runs |\n|---|---|---|---|');
  for (const { name, values } of rows) {
    const median = values.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
    const runs = values.map((value) => Math.round(value).toLocaleString('en')).join(' ');
    print(
      `| ${name} | ${Math.round(median).toLocaleString('en')} | ${(1e6 / median).toFixed(1)} | ${runs} |`,
    );
  }
}

/** Verifications per second of CPU time, because other programs share the machine. */
function rateOf(verifyAll: () => void): number {
  const begin = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1e6;
  };
  let turns = 0;
  while (spent() < secondsEach) {
    verifyAll();
    turns += 1;
  }
  return (turns * people) / spent();
}
