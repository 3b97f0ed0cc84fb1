import { problemsOf, seriesIn } from './queries.js';

const known = seriesIn(`# HELP x_seconds …
# TYPE x_seconds histogram
x_seconds_bucket{le="1",route="/a"} 1
x_seconds_count{route="/a"} 1
# TYPE ticketing_dead_letters gauge
ticketing_dead_letters 0
`);
const problems = (expr: string) => problemsOf({ where: 'here', expr }, known);

test.each([
  ['max by (namespace, service) (ticketing_dead_letters{namespace=~"$namespace"}) > 0'],
  ['histogram_quantile(0.9, sum by (route, le) (rate(x_seconds_bucket{job="a"}[$__rate_interval])))'],
])('%s has no problem', (expr) => {
  expect(problems(expr)).toEqual([]);
});

test.each([
  ['ticketing_dead_leters > 0', 'here: unknown metric ticketing_dead_leters'],
  ['x_seconds_count{status="500"}', 'here: x_seconds_count has no label status'],
  ['sum by (code) (x_seconds_count)', 'here: no metric has the label code'],
  ['sum by (route (x_seconds_count)', 'not PromQL'],
])('%s has the problem: %s', (expr, problem) => {
  expect(problems(expr).join()).toContain(problem);
});
