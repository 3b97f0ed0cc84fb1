import { BaseConfig, ConfigError, DatabaseConfig, readConfig } from './config.js';

const Config = BaseConfig.extend(DatabaseConfig.shape);
const enough = {
  NATS_URL: 'nats://127.0.0.1:4222',
  MONGO_URI: 'mongodb://127.0.0.1:27017',
  JWT_KEY: 'k'.repeat(32),
};

function errorFor(env: Record<string, string | undefined>): string {
  try {
    readConfig(Config, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('the environment of a service', () => {
  test('requires its servers and its key and has a default for everything else', () => {
    expect(readConfig(Config, enough)).toMatchObject({
      ...enough,
      PORT: 3000,
      NAMESPACE: 'ticketing',
      COOKIE_SECURE: 'auto',
      TRUST_PROXY: 0,
      REQUEST_TIMEOUT_MS: 4_500,
      MAX_TRIES: 5,
      NOT_FOUND_RETRY_SECONDS: 110,
      RETRY_DELAY_MAX_MS: 60_000,
    });
  });

  test('is refused with one message that names every invalid variable', () => {
    expect(errorFor({ PORT: 'soon', NAMESPACE: 'Not So', MONGO_URI: 'http://db', JWT_KEY: 'short' })).toBe(
      'invalid environment: PORT must be a number; ' +
        'NAMESPACE must be lower-case letters, digits and dashes; NATS_URL is missing; ' +
        'JWT_KEY must have at least 32 characters; MONGO_URI must start with mongodb://',
    );
  });

  test('never appears in messages, because a value may be a secret', () => {
    const secret = 'hunter2 IS-the-Password';
    const anyText = ['NATS_URL', 'NATS_PASSWORD'];
    const names = Object.keys(Config.shape).filter((name) => !anyText.includes(name));
    const message = errorFor(Object.fromEntries(names.map((name) => [name, secret])));
    for (const name of names) expect(message).toContain(name);
    expect(message).not.toContain(secret);
  });

  test('is refused with the possible values', () => {
    expect(errorFor({ ...enough, EVENT_BUS: 'kafka' })).toMatch(
      /EVENT_BUS must be one of jetstream, nats-streaming/,
    );
  });

  test('treats an empty variable as absent', () => {
    expect(readConfig(Config, { ...enough, PORT: '', JWT_KEY_PREVIOUS: '' })).not.toHaveProperty(
      'JWT_KEY_PREVIOUS',
    );
    expect(readConfig(Config, { ...enough, PORT: '' }).PORT).toBe(3000);
    expect(errorFor({ ...enough, JWT_KEY: '' })).toBe('invalid environment: JWT_KEY is missing');
  });

  test('cannot change a constant in production', () => {
    const constants = { MAX_TRIES: '9', MONGO_POOL_SIZE: '1' };
    expect(readConfig(Config, { ...enough, ...constants })).toMatchObject({ MAX_TRIES: 9 });
    expect(errorFor({ ...enough, ...constants, NODE_ENV: 'production' })).toBe(
      'invalid environment: MAX_TRIES is a constant in production; MONGO_POOL_SIZE is a constant in production',
    );
    expect(readConfig(Config, { ...enough, NODE_ENV: 'production' }).MAX_TRIES).toBe(5);
  });

  test('may contain other variables', () => {
    expect(readConfig(Config, { ...enough, HOME: '/root' })).not.toHaveProperty('HOME');
  });

  test('is frozen after the start', () => {
    const config = readConfig(Config, enough);
    expect(() => Object.assign(config, { PORT: 1 })).toThrow(TypeError);
  });

  const bad: [name: string, value: string][] = [
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['MAX_TRIES', '0'],
    ['CONSUMER_CONCURRENCY', '0'],
    ['REQUEST_TIMEOUT_MS', '1s'],
    ['EVENT_BUS', 'carrier-pigeon'],
    ['NATS_CLUSTER_ID', 'a b'],
    ['NATS_ACK_WAIT_MS', '10'],
    ['COOKIE_SECURE', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['NAMESPACE', '1st'],
    ['NAMESPACE', 'a.b'],
    ['JWT_KEY_PREVIOUS', 'short'],
  ];
  test.each(bad)('refuses %s=%s', (name, value) => {
    expect(errorFor({ ...enough, [name]: value })).toContain(`invalid environment: ${name} `);
  });
});
