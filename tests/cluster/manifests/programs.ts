// The programs that the checks run. A version that is on PATH is taken as it is; what is missing is built from its Go module.

import { aptInstall, findProgram, goInstall, type Program } from '@ticketing/common/testing/servers';

const built = (name: string, source: string, ...versionArgs: string[]): Program => ({
  name,
  // Such a build does not know its version.
  floor: '0',
  versionArgs,
  installs: [goInstall(name, source)],
});

const programs = {
  kustomize: [
    { name: 'kubectl', floor: '1.27', versionArgs: ['version', '--client'], installs: [] },
    built('kustomize', 'sigs.k8s.io/kustomize/kustomize/v5@v5.8.1', 'version'),
  ],
  kubeconform: [built('kubeconform', 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0', '-v')],
  'kube-score': [built('kube-score', 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0', 'version')],
  // Part of Prometheus, whose Go module says of itself that it must not be installed by version.
  promtool: [
    {
      name: 'promtool',
      floor: '2.40',
      versionArgs: ['--version'],
      installs: [aptInstall('prometheus')],
    },
  ],
  actionlint: [built('actionlint', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12', '-version')],
} as const;

/** @throws Error that says what to install */
export async function find(name: keyof typeof programs): Promise<string> {
  return (await findProgram(programs[name], (line) => console.log(line))).path;
}

/** A first `go install` downloads and compiles. */
export const installingTakesMs = 600_000;
