// The PromQL queries of the alerts and dashboards, and a check that their metrics and labels exist.

import { root } from '@ticketing/common/testing/servers';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

export const folder = join(root, 'infra', 'observability');

type Node = ReturnType<typeof parser.parse>['topNode'];

export type Query = Readonly<{ where: string; expr: string }>;

type Rules = { groups: { rules: { alert: string; expr: string; annotations: { runbook: string } }[] }[] };
type Dashboard = { panels: { title: string; targets: { expr: string }[] }[] };

export const rules = () =>
  (parse(readFileSync(join(folder, 'prometheus', 'rules.yml'), 'utf8')) as Rules).groups.flatMap(
    (group) => group.rules,
  );

export function dashboard(file: string): Dashboard {
  return JSON.parse(readFileSync(join(folder, 'grafana', 'dashboards', file), 'utf8')) as Dashboard;
}

export const dashboardFiles = () => readdirSync(join(folder, 'grafana', 'dashboards')).sort();

export function allQueries(): Query[] {
  const alerts = rules().map(({ alert, expr }) => ({ where: alert, expr }));
  const panels = dashboardFiles().flatMap((file) =>
    dashboard(file).panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ where: `${file}: ${title}`, expr })),
    ),
  );
  return [...alerts, ...panels];
}

/** Label names by series name. */
export type Known = ReadonlyMap<string, ReadonlySet<string>>;

// Labels and series that Prometheus itself adds, and those of the kubelet.
const scrapeLabels = new Set(['job', 'instance', 'service', 'namespace']);
const prometheusSeries = new Map([
  ['up', new Set<string>()],
  ...['available_bytes', 'capacity_bytes', 'inodes', 'inodes_free', 'health_status_abnormal'].map(
    (name) => [`kubelet_volume_stats_${name}`, new Set(['persistentvolumeclaim'])] as const,
  ),
  ['ALERTS', new Set(['alertname', 'alertstate', 'severity'])],
]);

/** The problems of a query; none when its metrics and labels exist. */
export function problemsOf({ where, expr }: Query, known: Known): string[] {
  const text = expr.replaceAll('$__rate_interval', '5m').replaceAll('$namespace', '.*');
  const problems: string[] = [];
  const seen: ReadonlySet<string>[] = [];
  const grouped: string[] = [];
  const textOf = (node: Node) => text.slice(node.from, node.to);
  parser.parse(text).iterate({
    enter({ node }) {
      if (node.type.isError) problems.push(`${where}: not PromQL at ${node.from}: ${text}`);
      if (node.name === 'VectorSelector') {
        const metric = textOf(node.getChild('Identifier') ?? node);
        const labels = known.get(metric) ?? prometheusSeries.get(metric);
        if (!labels) problems.push(`${where}: unknown metric ${metric}`);
        else {
          seen.push(labels);
          for (const label of labelsIn(node, textOf))
            if (!labels.has(label) && !scrapeLabels.has(label))
              problems.push(`${where}: ${metric} has no label ${label}`);
        }
      }
      if (node.name === 'GroupingLabels') grouped.push(...labelsIn(node, textOf));
    },
  });
  for (const label of new Set(grouped))
    if (!scrapeLabels.has(label) && !seen.some((labels) => labels.has(label)))
      problems.push(`${where}: no metric has the label ${label}`);
  return problems;
}

function labelsIn(node: Node, textOf: (node: Node) => string): string[] {
  const labels: string[] = [];
  node.cursor().iterate(({ name, node: inner }) => {
    if (name === 'LabelName') labels.push(textOf(inner));
  });
  return labels;
}

/** The series in the output of `/metrics`, including metrics without a value. */
export function seriesIn(exposition: string): Map<string, Set<string>> {
  const series = new Map<string, Set<string>>();
  const of = (name: string) => series.get(name) ?? new Set<string>();
  for (const line of exposition.split('\n')) {
    const [, name, kind] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined)
      for (const suffix of kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
        series.set(`${name}${suffix}`, of(`${name}${suffix}`));
    const [, sample, labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (sample === undefined || !series.has(sample)) continue;
    for (const [, label = ''] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) of(sample).add(label);
  }
  return series;
}
