// The programs that the checks run: one on PATH if there is one, otherwise built from its Go module.

import { aptInstall, findProgram, goInstall, type Program } from '@ticketing/common/testing/servers';
import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
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

type Module = Readonly<{ module: string; version: string; package: string; repository?: string }>;

/**
 * Builds a module that `go install` cannot take from every proxy: `go install` also asks for the list of versions, and some
 * proxies do not serve the domain of the module's name. A module of our own requires it instead, from `repository` if given.
 * From `go 1.17` on, Go loads only the dependencies that are built.
 */
const goBuild = (name: string, built: Module): Program['installs'][number] => ({
  description: `go build ${built.repository ?? built.module}@${built.version}`,
  async install(folder) {
    const { module, version, repository } = built;
    const work = await mkdtemp(join(folder, '.go-'));
    try {
      const replaced = repository ? `replace ${module} => ${repository} ${version}\n` : '';
      await writeFile(
        join(work, 'go.mod'),
        `module build\ngo 1.24\nrequire ${module} ${version}\n${replaced}`,
      );
      const program = join(work, name);
      await run('go', ['build', '-mod=mod', '-o', program, `${module}/${built.package}`], { cwd: work });
      await rename(program, join(folder, name));
      return join(folder, name);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  },
});

const buildKubeLinter = goBuild('kube-linter', {
  module: 'golang.stackrox.io/kube-linter',
  repository: 'github.com/stackrox/kube-linter',
  version: 'v0.8.3',
  package: 'cmd/kube-linter',
});
const buildPluto = goBuild('pluto', {
  module: 'github.com/fairwindsops/pluto/v5',
  version: 'v5.22.7',
  package: 'cmd/pluto',
});

/** A program from PyPI, in an environment of its own. */
const pipInstall = (name: string, version: string): Program => ({
  name,
  floor: version,
  versionArgs: ['--version'],
  installs: [
    {
      description: `pip install ${name}==${version}`,
      async install(folder) {
        const environment = join(folder, `${name}-${version}`);
        await run('python3', ['-m', 'venv', environment]);
        const pip = join(environment, 'bin', 'pip');
        await run(pip, ['install', '--quiet', '--disable-pip-version-check', `${name}==${version}`]);
        const program = join(folder, name);
        await rm(program, { force: true });
        await symlink(join(environment, 'bin', name), program);
        return program;
      },
    },
  ],
});

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
  pluto: [{ name: 'pluto', floor: '0', versionArgs: ['version'], installs: [buildPluto] }],
  checkov: [pipInstall('checkov', '3.3.30')],
  zizmor: [pipInstall('zizmor', '1.32.0')],
} as const;

/** @throws Error that says what to install */
export async function find(name: keyof typeof programs): Promise<string> {
  return (await findProgram(programs[name], (line) => console.log(line))).path;
}

/** The first build downloads and compiles for minutes. */
export const installingTakesMs = 600_000;
