// node --require: sets the clock of this process ahead by the milliseconds in the file CLOCK_AHEAD_FILE, which a test may
// change at any time. The monotonic clock stays as it is, as when an operator sets the clock of a machine.

const { readFileSync } = require('node:fs');

const TrueDate = Date;
const read = () => Number(readFileSync(process.env.CLOCK_AHEAD_FILE, 'utf8'));
let aheadMs = read();
setInterval(() => (aheadMs = read()), 20).unref();

globalThis.Date = class Date extends TrueDate {
  constructor(...given) {
    if (given.length === 0) super(Date.now());
    else super(...given);
  }
  static now() {
    return TrueDate.now() + aheadMs;
  }
};
