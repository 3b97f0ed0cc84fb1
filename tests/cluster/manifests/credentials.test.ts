import { foreignSecrets, openServers } from './credentials.js';
import { mainContainer, named, ofKind, type Manifest } from './objects.js';
import { beforeRules, rule } from './rule.js';

beforeRules();

const service = (objects: Manifest[], name: string) => named(objects, 'Deployment', `${name}-depl`);
const server = (objects: Manifest[], name: string) => mainContainer(named(objects, 'StatefulSet', name));
const without = (objects: Manifest[], name: string, part: string) => {
  const container = server(objects, name);
  container.command = container.command?.filter((word) => !word.startsWith(part)) ?? [];
};
const inConfig = (objects: Manifest[], file: string, from: string | RegExp) =>
  ofKind(objects, 'ConfigMap').forEach(({ data = {} }) => {
    if (data[file] !== undefined) data[file] = data[file].replace(from, '');
  });
const giveSecret = (objects: Manifest[], to: string, name: string, key: string) =>
  mainContainer(service(objects, to)).env?.push({ name: 'X', valueFrom: { secretKeyRef: { name, key } } });
const mountSecret = (objects: Manifest[], to: string, secretName: string) =>
  service(objects, to).spec.template.spec.volumes?.push({ name: 'x', secret: { secretName } });

rule('in production every server requires TLS and a user', {
  check: openServers,
  for: ({ production, external }) => production && !external,
  controls: [
    {
      fault: 'a mongod without TLS',
      in: 'prod',
      plant: (objects) => without(objects, 'orders-mongo', '--tlsMode'),
      reports: ['orders-mongo runs without --tlsMode=requireTLS'],
    },
    {
      fault: 'a mongod that everybody may use',
      in: 'prod',
      plant: (objects) => without(objects, 'auth-mongo', '--keyFile'),
      reports: ['auth-mongo runs without --keyFile=/tmp/set.key'],
    },
    {
      fault: 'a Redis without users',
      in: 'prod',
      plant: (objects) => without(objects, 'expiration-redis', '--aclfile'),
      reports: ['expiration-redis runs without --aclfile /etc/redis/users.acl'],
    },
    {
      fault: 'a Redis that also listens without TLS',
      in: 'prod',
      plant: (objects) => without(objects, 'expiration-redis', '0'),
      reports: ['expiration-redis runs without --port 0 --tls-port 6379'],
    },
    {
      fault: 'a bus without TLS',
      in: 'prod',
      plant: (objects) => inConfig(objects, 'users.conf', /tls \{[^}]*\}/),
      reports: ['clients of the bus need no TLS'],
    },
    {
      fault: 'a bus without users',
      in: 'prod',
      plant: (objects) => inConfig(objects, 'users.conf', 'include authorization.conf'),
      reports: ['clients of the bus need no user'],
    },
    {
      fault: 'a bus that a stranger may join as a server',
      in: 'prod',
      plant: (objects) => inConfig(objects, 'nats.conf', 'verify_cert_and_check_known_urls: true'),
      reports: ['any server may join the bus'],
    },
  ],
});

rule('a workload has no credentials of another', {
  check: foreignSecrets,
  controls: [
    {
      fault: "another service's user of the bus",
      in: 'prod',
      plant: (objects) => giveSecret(objects, 'orders', 'nats-users', 'payments'),
      reports: ['orders-depl gets nats-users: payments'],
    },
    {
      fault: "another service's user of MongoDB",
      in: 'prod',
      plant: (objects) => giveSecret(objects, 'orders', 'mongo-users', 'payments'),
      reports: ['orders-depl gets mongo-users: payments'],
    },
    {
      fault: "another service's address of an external store",
      in: 'prod-external',
      plant: (objects) => giveSecret(objects, 'orders', 'mongo-uris', 'payments'),
      reports: ['orders-depl gets mongo-uris: payments'],
    },
    {
      fault: "the key of another service's replica set",
      in: 'prod',
      plant: (objects) => giveSecret(objects, 'orders', 'payments-mongo-server', 'set.key'),
      reports: ['orders-depl gets payments-mongo-server: set.key'],
    },
    {
      fault: "a server's private key in a service",
      in: 'prod',
      plant: (objects) => mountSecret(objects, 'orders', 'orders-mongo-server'),
      reports: ['orders-depl gets orders-mongo-server: every file'],
    },
    {
      fault: 'the key of the links in mails',
      plant: (objects) => giveSecret(objects, 'orders', 'account-link-key', 'ACCOUNT_LINK_KEY'),
      reports: ['orders-depl gets account-link-key: ACCOUNT_LINK_KEY'],
    },
    {
      fault: 'the user of the SMTP server',
      in: 'prod',
      plant: (objects) => giveSecret(objects, 'auth', 'smtp-secret', 'SMTP_URL'),
      reports: ['auth-depl gets smtp-secret: SMTP_URL'],
    },
    {
      fault: "the authority's private key",
      in: 'prod',
      plant: (objects) => mountSecret(objects, 'auth', 'server-authority-key'),
      reports: ['auth-depl gets server-authority-key: every file'],
    },
  ],
});
