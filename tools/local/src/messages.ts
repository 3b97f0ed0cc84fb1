// The messages of `npm start`.

import type { Ports } from './ports.js';

export const usage = `npm start                 the whole system on http://localhost:8080 (PORT moves all ports)
npm start -- --demo       with sample events, people and tickets; prints the people's password
npm start -- --fresh      deletes the data of earlier runs first
npm start -- --observe    with Prometheus, a trace viewer and Grafana where they are available
npm start -- --secure     with users, permissions and certificates, made in the data folder
npm start -- --replicas   with three members of MongoDB and of NATS, and two processes of each service
                          (--replicas=4: four)
npm start -- --json       prints log lines as JSON
npm start -- --servers    only the databases, the bus, the card network and the mail catcher
npm run dev               like npm start; a service restarts when its sources change`;

const serverVariables = [
  'MONGO_URI',
  'EVENT_BUS',
  'NATS_URL',
  'NATS_PASSWORD',
  'NATS_CA',
  'NATS_REPLICAS',
  'REDIS_URL',
  'NODE_EXTRA_CA_CERTS',
  'JWT_KEY',
  'STRIPE_KEY',
  'STRIPE_API_BASE',
  'STRIPE_WEBHOOK_SECRET',
  'SMTP_URL',
  'MAIL_FROM',
  'PUBLIC_URL',
  'ACCOUNT_LINK_KEY',
];

/** Shell commands that give another process the variables of these servers. */
export function exportCommands(env: Readonly<Record<string, string | undefined>>): string {
  return serverVariables
    .filter((name) => env[name])
    .map((name) => `export ${name}='${env[name]}'`)
    .join('\n');
}

type Ready = Readonly<{
  ports: Ports;
  /** whether the card network runs here instead of Stripe */
  localCards: boolean;
  /** whether the mail catcher runs here instead of the server in SMTP_URL */
  localMail: boolean;
  /** whether the page `/inspect` works */
  hasInspect: boolean;
  /** with --replicas, the processes of each service */
  replicas: number | undefined;
  afterMs: number;
  /** one line for each tool of --observe */
  tools: readonly string[];
}>;

export function readyMessage(ready: Ready): string {
  const { ports, localCards, localMail, hasInspect, replicas, afterMs, tools } = ready;
  const url = `http://localhost:${ports.gateway}`;
  const lines = [
    `shop         ${url}`,
    `API          ${url}/api/docs`,
    localMail
      ? `inbox        http://localhost:${ports.inbox}`
      : 'mails        sent to people (SMTP_URL is set)',
    ...(localCards
      ? [
          `ledger       http://localhost:${ports.cards}/ledger`,
          'cards        tok_visa, tok_chargeDeclined, tok_chargeDeclinedInsufficientFunds, tok_threeDSecure2Required,',
          '             tok_slow, tok_500AfterSuccess, tok_lostAnswer (or pm_card_…)',
        ]
      : ['cards        Stripe (STRIPE_KEY is set)']),
    ...(replicas === undefined
      ? []
      : [`processes    ${replicas} of each service; three members of MongoDB and of NATS`]),
    ...(hasInspect ? [`inspect      ${url}/inspect (events, stores, and kill -9 for each service)`] : []),
  ];
  return `
Ticketing is ready after ${(afterMs / 1_000).toFixed(1)} s
${[...lines.map((line) => `  ${line}`), ...tools].join('\n')}
  stop         Ctrl-C (keeps the data; npm start -- --fresh deletes it)
`;
}
