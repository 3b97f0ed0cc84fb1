import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { readConfig } from '@ticketing/common/service';
import { Config } from '../config.js';
import { answerOf } from './smtp-answer.js';
import { parseSender } from './sender-address.js';
import { openSmtp } from './smtp.js';
import { parseSmtpUrl } from './smtp-url.js';

const env = {
  NATS_URL: 'nats://localhost',
  MONGO_URI: 'mongodb://localhost',
  JWT_KEY: 'j'.repeat(32),
  SMTP_URL: 'smtp://localhost:1025',
  MAIL_FROM: 'Tickets <tickets@example.com>',
  PUBLIC_URL: 'https://tickets.example.com',
  ACCOUNT_LINK_KEY: 'k'.repeat(32),
};
const problem = (more: object): string => {
  try {
    readConfig(Config, { ...env, ...more });
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the environment', () => {
  test.each([
    ['mail.example.com', 'SMTP_URL must be a URL that starts with smtp:// or smtps://'],
    ['mail.example.com:587', 'SMTP_URL must be a URL that starts with smtp:// or smtps://'],
    ['http://mail.example.com', 'SMTP_URL must be a URL that starts with smtp:// or smtps://'],
    ['smtp://', 'SMTP_URL must name the mail server'],
    ['smtp://mail.example.com/?pool=false', 'SMTP_URL must end after the host and the port'],
    ['smtp://ada@mail.example.com', 'SMTP_URL must have a user and a password, or neither'],
    ['smtp://ada:100%25%ZZ@mail.example.com', 'percent-encoded'],
    [undefined, 'SMTP_URL is missing'],
  ])('with SMTP_URL %s stops the start', (SMTP_URL, expected) => {
    expect(problem({ SMTP_URL })).toContain(expected);
  });

  test('never shows the password of SMTP_URL', () => {
    expect(problem({ SMTP_URL: 'http://ada:hunter2@mail.example.com' })).not.toContain('hunter2');
  });

  test.each(['tickets', 'a@b.c, d@e.f', 'Tickets <a@b.c> <d@e.f>', 'Tickets\r\nBcc: x@y.z <a@b.c>'])(
    'with MAIL_FROM %j stops the start',
    (MAIL_FROM) => {
      expect(problem({ MAIL_FROM })).toContain('MAIL_FROM must be one address');
    },
  );

  test('accepts what is documented', () => {
    expect(problem({})).toBe('none');
    expect(problem({ SMTP_URL: 'smtps://ada:p%40ss@mail.example.com' })).toBe('none');
    expect(problem({ MAIL_FROM: 'tickets@localhost' })).toBe('none');
    expect(problem({ PUBLIC_URL: 'ftp://x' })).toContain('PUBLIC_URL must be a URL');
    expect(problem({ ACCOUNT_LINK_KEY: 'short' })).toContain('ACCOUNT_LINK_KEY must have at least 32');
  });
});

test('a password is sent over TLS only', () => {
  expect(parseSmtpUrl('smtp://ada:p%40ss@mail.example.com')).toEqual({
    host: 'mail.example.com',
    ...{ port: 587, secure: false, requireTLS: true, auth: { user: 'ada', pass: 'p@ss' } },
  });
  expect(parseSmtpUrl('smtps://ada:x@mail.example.com')).toMatchObject({
    port: 465,
    secure: true,
    requireTLS: false,
  });
  expect(parseSmtpUrl('smtp://[::1]:2525')).toEqual({
    host: '::1',
    port: 2525,
    secure: false,
    requireTLS: false,
  });
});

test('a sender has a name or none', () => {
  expect(parseSender('Tickets <a@b.c>')).toEqual({ name: 'Tickets', address: 'a@b.c' });
  expect(parseSender('a@b.c')).toEqual({ name: '', address: 'a@b.c' });
});

test.each([
  [
    { responseCode: 550, command: 'RCPT TO', response: '550 5.1.1 <ada@example.com> unknown' },
    'refused',
    '550 5.1.1 to RCPT TO',
  ],
  [{ responseCode: 554, command: 'DATA', response: '554 spam' }, 'refused', '554 to DATA'],
  [{ responseCode: 450, command: 'RCPT TO', response: '450 greylisted' }, 'later', '450 to RCPT TO'],
  [{ responseCode: 452, command: 'DATA', response: '452 4.3.1 full' }, 'later', '452 4.3.1 to DATA'],
  [{ responseCode: 421, command: 'DATA', response: '421 closing' }, 'away', '421 to DATA'],
  [{ responseCode: 535, command: 'AUTH PLAIN', code: 'EAUTH' }, 'away', '535 to AUTH PLAIN'],
  [{ responseCode: 550, command: 'MAIL FROM', response: '550 not your address' }, 'away', '550 to MAIL FROM'],
  [{ responseCode: 554, command: 'CONN', response: '554 no' }, 'away', '554 to CONN'],
  [{ code: 'ECONNREFUSED' }, 'away', 'ECONNREFUSED'],
  [{ code: 'ETIMEDOUT', command: 'CONN' }, 'away', 'ETIMEDOUT'],
  [{ code: 'EENVELOPE', command: 'API' }, 'refused', 'malformed'],
  [{}, 'away', 'no answer'],
])('the error %j of the mail server', (error, outcome, text) => {
  const answer = answerOf(error);
  expect(answer.outcome).toBe(outcome);
  expect('problem' in answer && answer.problem).toContain(text);
  expect(JSON.stringify(answer)).not.toContain('@');
});

test('a server that closes each connection before its greeting counts as away after one try', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const SMTP_URL = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const smtp = openSmtp(readConfig(Config, { ...env, SMTP_URL }));
  const mail = { to: { address: 'ada@example.com' }, subject: 'Hello', text: 'Hello', messageId: 'a@b' };
  expect(await smtp.send(mail as never)).toMatchObject({ outcome: 'away' });
  expect(connections).toBe(1);
  smtp.close();
  server.close();
});
