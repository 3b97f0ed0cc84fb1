// Parked messages in Redis. Each command is a script, so that Redis changes all keys at once and by its own clock.

import {
  claimedForMs,
  maxParked,
  parkedIdOf,
  type ParkedMessage,
  type ParkedMessages,
} from '@ticketing/common/bus';
import type { Base } from '@ticketing/common/service';
import type { Config } from './config.js';
import type { Connection } from './redis.js';

// KEYS: the messages by id, the times of their next tries, the times since which they are parked.
const clock = `local time = redis.call('TIME') local now = time[1] * 1000 + math.floor(time[2] / 1000) `;

const addScript = `${clock}
  if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 1 end
  if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
  redis.call('ZADD', KEYS[3], now, ARGV[1])
  return 1`;

const claimScript = `${clock}
  local claimed = {}
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])) do
    redis.call('ZADD', KEYS[2], now + ARGV[2], id)
    local since = redis.call('ZSCORE', KEYS[3], id)
    table.insert(claimed, { id, redis.call('HGET', KEYS[1], id), now - since })
  end
  return claimed`;

const postponeScript = `${clock}
  local text = redis.call('HGET', KEYS[1], ARGV[1])
  if not text then return end
  local message = cjson.decode(text)
  message.tries = tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(message))
  redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])`;

const removeScript = `
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[1])`;

const depthScript = `${clock}
  local oldest = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  return { redis.call('HLEN', KEYS[1]), oldest[2] and now - oldest[2] or 0 }`;

/** Keeps parked messages under `<NAMESPACE>:expiration:parked`. */
export function parkedMessagesIn({ inTime }: Connection, { config }: Base<Config>): ParkedMessages {
  const key = `${config.NAMESPACE}:expiration:parked`;
  const run = (script: string, ...args: (string | number)[]) =>
    inTime((redis) => redis.eval(script, 3, key, `${key}:due`, `${key}:since`, ...args));
  return {
    // No handler of this service waits for a document, so `waitsFor` is not stored.
    async add({ delayMs, waitsFor: _waitsFor, ...message }) {
      const id = parkedIdOf(message.body);
      return (await run(addScript, id, JSON.stringify(message), delayMs, maxParked)) === 1;
    },
    async claim(limit) {
      const claimed = (await run(claimScript, limit, claimedForMs)) as [string, string, number][];
      return claimed.map(([id, text, ageMs]) => {
        const message = JSON.parse(text) as Omit<ParkedMessage, 'id' | 'ageMs'>;
        return { ...message, storedAt: new Date(message.storedAt), id, ageMs };
      });
    },
    async postpone({ id, tries }, delayMs) {
      await run(postponeScript, id, tries, delayMs);
    },
    async remove(id) {
      await run(removeScript, id);
    },
    async depth() {
      const [count, ageMs] = (await run(depthScript)) as [number, number];
      return { count, oldestSeconds: ageMs / 1_000 };
    },
  };
}
