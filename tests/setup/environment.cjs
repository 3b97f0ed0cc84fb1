// Adds what a browser shows to the message of a failed test, before the test closes it (tests/journeys/browser.ts).

const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
  async handleTestEvent({ name, error }) {
    if (name !== 'test_fn_failure' && name !== 'hook_failure') return;
    if (typeof error?.stack !== 'string') return;
    const shown = await Promise.all((this.global.describeOnFailure ?? []).map((describe) => describe()));
    const text = shown.flat().join('\n');
    if (text) error.stack = error.stack.replace(error.message, () => `${error.message}\n\n${text}\n`);
  }
};
