import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { planPorts } from './ports.js';
import { jaegerConfig, traceViewers } from './trace-viewers.js';

const ports = planPorts({});

const argsOf = (name: string) => traceViewers.find((viewer) => viewer.name === name)?.args(ports);

test('otel-desktop-viewer listens on the planned ports of 127.0.0.1 only', () => {
  expect(argsOf('otel-desktop-viewer')).toEqual(
    ['--host 127.0.0.1', '--http 8091', '--browser-port 8092', '--grpc 0', '--open-browser=false'].flatMap(
      (arg) => arg.split(' '),
    ),
  );
});

describe('Jaeger', () => {
  const text = readFileSync(jaegerConfig, 'utf8');

  test('gets the planned ports instead of those in its configuration', () => {
    const [config, ...changes] = argsOf('jaeger') ?? [];
    expect(config).toBe(`--config=${jaegerConfig}`);
    const valueAt = (path: string) =>
      path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], parse(text));
    const moved = changes.map((change) => {
      const [, path = '', port] = /^--set=(\S+)=127\.0\.0\.1:(\d+)$/.exec(change) ?? [];
      return [valueAt(path), port];
    });
    expect(moved).toEqual([
      ['127.0.0.1:4318', '8091'],
      ['127.0.0.1:16686', '8092'],
    ]);
  });

  test('listens on no other address', () => {
    expect(text.match(/endpoint: \S+/g)).toEqual([
      "endpoint: '127.0.0.1:16686'",
      "endpoint: '127.0.0.1:0'",
      "endpoint: '127.0.0.1:4318'",
    ]);
  });
});
