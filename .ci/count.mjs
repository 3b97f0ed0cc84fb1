// node .ci/count.mjs <jest report> <file of failures>: prints how many tests passed and failed, appends what failed to the
// file, and prints the slowest test files on standard error.

import { appendFileSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const [reportFile, failuresFile] = process.argv.slice(2);
const longestMessage = 3_000;
const shownFiles = 12;

const report = JSON.parse(readFileSync(reportFile, 'utf8'));
const pathOf = ({ name }) => relative(process.cwd(), name);
const noteFailure = (title, file, message) => {
  const lines = stripVTControlCharacters(message).split('\n');
  const text = lines
    .filter((line) => !/^ +at .*(node_modules|node:)/.test(line))
    .join('\n')
    .slice(0, longestMessage);
  appendFileSync(failuresFile, `== failed: ${title}\n${pathOf(file)}\n${text}\n`);
};

for (const file of report.testResults) {
  const failed = file.assertionResults.filter(({ status }) => status === 'failed');
  for (const { fullName, failureMessages } of failed) noteFailure(fullName, file, failureMessages.join('\n'));
  if (file.status === 'failed' && failed.length === 0) noteFailure('a test file', file, file.message);
}

const seconds = ({ startTime, endTime }) => (endTime - startTime) / 1_000;
const slowest = report.testResults.toSorted((a, b) => seconds(b) - seconds(a)).slice(0, shownFiles);
for (const file of slowest)
  process.stderr.write(`${seconds(file).toFixed(1).padStart(7)} s ${pathOf(file)}\n`);

process.stdout.write(
  `${report.numPassedTests} ${report.numFailedTests + report.numRuntimeErrorTestSuites}\n`,
);
