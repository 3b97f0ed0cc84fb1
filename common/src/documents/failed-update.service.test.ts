import { newId } from '../id.js';
import { jobCause } from '../observability/trace.js';
import { startForTest, type TestService } from '../testing/index.js';
import { aService, aThing, made, type ThingsContext } from '../testing/things.js';

const cause = jobCause('test');
let service: TestService<ThingsContext>;
beforeAll(async () => {
  service = await startForTest(aService());
});
afterAll(() => service.stop());

test('an update that a unique index refuses fails with the database’s error, and is not decided again', async () => {
  const { things } = service.ctx;
  const place = newId();
  const [holder, rival] = [aThing({ place }), aThing()];
  for (const thing of [holder, rival]) await things.create(() => made(thing), cause);

  const takePlace = things.change(
    rival.id,
    (thing) => made({ ...thing, place, version: thing.version + 1 }),
    cause,
  );

  await expect(takePlace).rejects.toThrow('E11000');
  expect(await things.get(rival.id)).toMatchObject({ version: 0 });
});
