import { createFairQueue } from './fair-queue.js';

function queueOf(...paths: string[]) {
  const queue = createFairQueue<string>();
  const push = (text: string) => queue.push(text.split(' ').slice(0, 3), text);
  paths.forEach(push);
  const all = () => {
    const items: string[] = [];
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item);
    return items;
  };
  return { ...queue, add: push, all };
}

describe('a fair queue', () => {
  test('serves uses, networks and accounts in turns, and each account in order', () => {
    const order = queueOf(
      'up n1 ann 1',
      'up n1 ann 2',
      'up n1 ann 3',
      'up n1 bob 4',
      'up n2 cid 5',
      'in n1 ann 6',
      'in n1 ann 7',
    ).all();
    expect(order).toEqual([
      'up n1 ann 1',
      'in n1 ann 6',
      'up n2 cid 5',
      'in n1 ann 7',
      'up n1 bob 4',
      'up n1 ann 2',
      'up n1 ann 3',
    ]);
  });

  test('skips a use that must not run now, and serves another one', () => {
    const queue = queueOf('up n1 ann 1', 'in n1 ann 2');
    const onlySignIns = (use: string) => use === 'in';
    expect([queue.shift(onlySignIns), queue.shift(onlySignIns)]).toEqual(['in n1 ann 2', undefined]);
    expect([queue.shift(), queue.shift()]).toEqual(['up n1 ann 1', undefined]);
  });

  test('serves a newcomer after at most one item of each other network', () => {
    const queue = queueOf(...Array.from({ length: 100 }, (_, index) => `in crowd a${index} ${index}`));
    queue.add('in home ann 1');
    expect([queue.shift(), queue.shift()]).toContain('in home ann 1');
  });

  test('drops the newest item of the longest account of the longest network', () => {
    const queue = queueOf('in n1 ann 1', 'in n1 ann 2', 'in n1 bob 3', 'in n2 cid 4', 'in n3 dan 5');
    expect(queue.drop('in')).toBe('in n1 ann 2');
    expect(queue.drop('in')).toBe('in n1 bob 3');
    expect(queue.drop('in')).toBe('in n3 dan 5');
    expect(queue.all()).toEqual(['in n1 ann 1', 'in n2 cid 4']);
  });

  test('drops nothing of another use', () => {
    const queue = queueOf('up n1 ann 1', 'up n1 ann 2', 'in n2 bob 3');
    expect([queue.sizeOf('up'), queue.sizeOf('in'), queue.sizeOf('none')]).toEqual([2, 1, 0]);
    expect(queue.drop('in')).toBe('in n2 bob 3');
    expect([queue.drop('in'), queue.sizeOf('in'), queue.sizeOf('up')]).toEqual([undefined, 0, 2]);
    expect(queue.all()).toEqual(['up n1 ann 1', 'up n1 ann 2']);
  });

  test('takes processor time that does not grow with the square of its length', () => {
    const queue = queueOf(
      ...Array.from({ length: 60_000 }, (_, index) => `in n${index % 7} a${index} ${index}`),
    );
    const before = process.cpuUsage();
    expect(queue.all()).toHaveLength(60_000);
    expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
  });
});
