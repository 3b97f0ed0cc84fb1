import { command, parseCommand, usageOf, UsageError } from './command.js';

const nothing = async () => undefined;
const refund = command('refund <orderId> [amount] [--reason=text] [--all]', 'gives money back', nothing);
const show = command('letters show <id>', 'shows one', nothing);
const commands = [refund, show];
const parse = (...words: string[]) => parseCommand(commands, words);

describe('a command line', () => {
  test.each([
    [['refund', 'o1'], refund, { orderId: 'o1' }],
    [['refund', 'o1', '5.00'], refund, { orderId: 'o1', amount: '5.00' }],
    [['refund', '--reason', 'rain', 'o1'], refund, { orderId: 'o1', reason: 'rain' }],
    [['refund', 'o1', '--reason=a=b c', '--all'], refund, { orderId: 'o1', reason: 'a=b c', all: true }],
    [['letters', 'show', 'x'], show, { id: 'x' }],
  ])('%j names its command and arguments', (words, expected, args) => {
    expect(parse(...words)).toEqual({ command: expected, args });
  });

  test.each([
    [[], 'There is no command "".'],
    [['letters'], 'There is no command "letters".'],
    [['refunds', 'o1'], 'There is no command "refunds o1".'],
    [['refund'], 'The arguments do not match: refund <orderId>'],
    [['refund', 'o1', '5', '6'], 'The arguments do not match: refund <orderId>'],
    [['refund', 'o1', '--deep'], "Unknown option '--deep'"],
    [['refund', 'o1', '--reason'], "Option '--reason <value>' argument missing"],
  ])('%j is a mistake in usage', (words, message) => {
    const attempt = () => parse(...words);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(message);
  });
});

test('the usage text has a line for each command', () => {
  expect(usageOf(commands)).toBe(
    [
      'refund <orderId> [amount] [--reason=text] [--all]  gives money back',
      'letters show <id>                                  shows one',
    ].join('\n'),
  );
});
