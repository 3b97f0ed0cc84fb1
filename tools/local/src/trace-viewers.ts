// Trace viewers for a browser. Each takes spans by OTLP over HTTP and needs neither a database nor an account.

import { join } from 'node:path';
import type { Ports } from './ports.js';
import { goInstall, type Program, root } from '@ticketing/common/testing/servers';

export type TraceViewer = Program & Readonly<{ args: (ports: Ports) => readonly string[] }>;

export const jaegerConfig = join(root, 'infra', 'observability', 'jaeger', 'jaeger.yml');

export const traceViewers: readonly TraceViewer[] = [
  {
    name: 'jaeger',
    // Some builds do not print a version. The program of version 1 has another name.
    floor: '0',
    versionArgs: ['version'],
    // The Go module lacks the web pages, and no package manager offers a build.
    installs: [],
    args: ({ otlp, traces }) => [
      `--config=${jaegerConfig}`,
      `--set=receivers.otlp.protocols.http.endpoint=127.0.0.1:${otlp}`,
      `--set=extensions.jaeger_query.http.endpoint=127.0.0.1:${traces}`,
    ],
  },
  {
    name: 'otel-desktop-viewer',
    // The first version with these arguments.
    floor: '0.2.1',
    versionArgs: ['--version'],
    installs: [goInstall('otel-desktop-viewer', 'github.com/CtrlSpice/otel-desktop-viewer@v0.4.1')],
    args: ({ otlp, traces }) => [
      ...['--host', '127.0.0.1', '--http', `${otlp}`, '--browser-port', `${traces}`],
      // The gRPC port cannot be switched off; 0 picks a free one.
      ...['--grpc', '0', '--open-browser=false'],
    ],
  },
];

export const howToInstallOne = `  Put \`jaeger\` from Jaeger's releases (2.0 or newer) on PATH. Or run it in a container:
    docker run --rm -p 127.0.0.1:16686:16686 -p 127.0.0.1:4318:4318 docker.io/jaegertracing/jaeger:2.13.0
    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 npm start -- --observe`;
