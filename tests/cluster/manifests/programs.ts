// The programs that the checks run: one on PATH if there is one, otherwise built from its Go module.

import { aptInstall, findProgram, goInstall, type Program } from '@ticketing/common/testing/servers';
import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const built = (name: string, source: string, ...versionArgs: string[]): Program => ({
  name,
  // A program built this way does not report its version.
  floor: '0',
  versionArgs,
  installs: [goInstall(name, source)],
});

/**
 * The module names itself by a domain that some proxies do not serve, and `go install` accepts no other name for it.
 * Hence a module that replaces it by its repository. From `go 1.17` on, Go loads only the dependencies that are built.
 */
const kubeLinter = {
  module: 'golang.stackrox.io/kube-linter',
  repository: 'github.com/stackrox/kube-linter',
  version: 'v0.8.3',
};

const buildKubeLinter: Program['installs'][number] = {
  description: `go build ${kubeLinter.repository}@${kubeLinter.version}`,
  async install(folder) {
    const { module, repository, version } = kubeLinter;
    const work = await mkdtemp(join(folder, '.go-'));
    try {
      await writeFile(
        join(work, 'go.mod'),
        `module build\ngo 1.24\nrequire ${module} ${version}\nreplace ${module} => ${repository} ${version}\n`,
      );
      const program = join(work, 'kube-linter');
      await run('go', ['build', '-mod=mod', '-o', program, `${module}/cmd/kube-linter`], { cwd: work });
      await rename(program, join(folder, 'kube-linter'));
      return join(folder, 'kube-linter');
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  },
};

const programs = {
  kustomize: [
    { name: 'kubectl', floor: '1.27', versionArgs: ['version', '--client'], installs: [] },
    built('kustomize', 'sigs.k8s.io/kustomize/kustomize/v5@v5.8.1', 'version'),
  ],
  kubeconform: [built('kubeconform', 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0', '-v')],
  'kube-score': [built('kube-score', 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0', 'version')],
  'kube-linter': [{ name: 'kube-linter', floor: '0', versionArgs: ['version'], installs: [buildKubeLinter] }],
  helm: [built('helm', 'helm.sh/helm/v4/cmd/helm@v4.3.1', 'version')],
  // Part of Prometheus, whose Go module cannot be installed by version.
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

/** The first build downloads and compiles for minutes. */
export const installingTakesMs = 600_000;
