// Credentials and TLS of both buses, on servers that require them.

import { ConfigError } from '../service/config.js';
import { certificatesIn } from '../testing/servers/certificates.js';
import { buses, eventually } from '../testing/index.js';
import { aBus, aBusEnv, aMember, anEvent, aServer, cleanUp, untilConnected } from '../testing/buses.js';

afterEach(cleanUp);

// A character that a URL must encode, and one that a careless pattern would cut at.
const user = 'orders';
const pass = 'p/ss@word';
const encoded = encodeURIComponent(pass);
const withUser = () => `authorization { user: "${user}", password: "${pass}" }`;
const withTls = (bus: (typeof buses)[number], dir: string) => {
  const { ca, cert, key } = certificatesIn(`${dir}-certificates`);
  // NATS Streaming is a client of its own server.
  const streaming = bus === 'nats-streaming' ? `streaming { tls { client_ca: "${ca}" } }` : '';
  return `tls { cert_file: "${cert}", key_file: "${key}" }\n${streaming}\n${withUser()}`;
};
const hostOf = (env: ReturnType<typeof aBusEnv>) => `${env['NATS_URL']}`.replace('nats://', '');

describe.each(buses)('%s with users', (bus) => {
  test('stores and delivers messages with the user and password in NATS_URL, which no log line shows', async () => {
    const server = await aServer(bus, withUser);
    await server.start();
    const NATS_URL = `nats://${user}:${encoded}@${hostOf(server.env)}`;
    const member = await aMember({ ...server.env, NATS_URL });
    const event = anEvent();
    await member.publish(event);
    await eventually(() => expect(member.received).toEqual([event.id]));
    expect(member.lines.join()).not.toMatch(/p\/ss|p%2Fss|word/);
  });

  test('works with the user in NATS_URL and the password in NATS_PASSWORD', async () => {
    const server = await aServer(bus, withUser);
    await server.start();
    const NATS_URL = `nats://${user}@${hostOf(server.env)}`;
    const member = await aMember({ ...server.env, NATS_URL, NATS_PASSWORD: pass });
    expect(member.connectedSince()).toBeDefined();
  });

  test('refuses a wrong password: the log names NATS_URL and no secret, and the service tries again', async () => {
    const server = await aServer(bus, withUser);
    await server.start();
    const secret = 'mistaken';
    const busWithMistake = aBus({
      ...server.env,
      NATS_URL: `nats://${user}:${secret}@${hostOf(server.env)}`,
    });
    await eventually(() => {
      const lines = busWithMistake.lines.filter((line) =>
        line.includes('the bus refuses the user or the password of NATS_URL'),
      );
      expect(lines.length).toBeGreaterThan(1);
    });
    expect(busWithMistake.lines.join()).not.toContain(secret);
    expect([busWithMistake.connectedSince(), busWithMistake.unusable]).toEqual([undefined, []]);
  });
});

describe.each(buses)('%s with TLS', (bus) => {
  const start = async () => {
    const dirs: string[] = [];
    const server = await aServer(bus, (dir) => {
      dirs.push(dir);
      return withTls(bus, dir);
    });
    await server.start();
    const NATS_URL = `tls://${user}:${encoded}@${hostOf(server.env)}`;
    return {
      ...server,
      env: { ...server.env, NATS_URL },
      NATS_CA: certificatesIn(`${dirs[0]}-certificates`).ca,
    };
  };

  test('works with the authority in NATS_CA', async () => {
    const { env, NATS_CA } = await start();
    const member = await aMember({ ...env, NATS_CA });
    const event = anEvent();
    await member.publish(event);
    await eventually(() => expect(member.received).toEqual([event.id]));
  });

  test('is refused without it, and the log names NATS_CA', async () => {
    const { env } = await start();
    const untrusting = aBus(env);
    await eventually(() =>
      expect(untrusting.lines.join()).toContain('NATS_CA must be the file of its authority'),
    );
    expect(untrusting.connectedSince()).toBeUndefined();
  });

  test('is never given up: a server without TLS does not get the password', async () => {
    const { NATS_CA } = await start();
    const plain = await aServer(bus, withUser);
    await plain.start();
    const refusing = aBus({
      ...plain.env,
      NATS_CA,
      NATS_URL: `tls://${user}:${encoded}@${hostOf(plain.env)}`,
    });
    await eventually(() => expect(refusing.lines.join()).toContain('bus not reachable yet'));
    expect(refusing.connectedSince()).toBeUndefined();
  });
});

test('JetStream: the connection comes back after the server has refused its password for a while', async () => {
  let password = pass;
  const server = await aServer('jetstream', () => withUser().replace(pass, password));
  await server.start();
  const bus = aBus({ ...server.env, NATS_URL: `nats://${user}:${encoded}@${hostOf(server.env)}` });
  await untilConnected(bus);
  await server.kill();
  password = 'another';
  await server.start();
  await eventually(() =>
    expect(bus.lines.filter((line) => /Authorization/i.test(line)).length).toBeGreaterThan(3),
  );
  await server.kill();
  password = pass;
  await server.start();
  await untilConnected(bus);
});

describe('a mistake in', () => {
  test.each([
    ['NATS_URL', { NATS_URL: 'nats://user:se%cret@127.0.0.1:4222' }],
    ['NATS_URL', { NATS_URL: 'nats://:::' }],
    ['NATS_URL', { NATS_PASSWORD: 'secret' }],
    ['NATS_CA', { NATS_CA: '/secret/missing.pem' }],
  ])('%s ends the start with a message that names it and shows no value', (variable, env) => {
    const start = () => aBus(aBusEnv('jetstream', env));
    expect(start).toThrow(ConfigError);
    expect(start).toThrow(variable);
    expect(start).not.toThrow(/secret|se%cret|:::/);
  });
});
