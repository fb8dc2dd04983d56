import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { customCountOf, withLiveCounts } from '../lib/live/overlay.ts';
import { summed } from '../lib/live/shards.ts';
import { RENDER_MILLISECONDS, throttled } from '../lib/live/throttle.ts';
import { HIDDEN_MILLISECONDS, whileSeen } from '../lib/live/whileSeen.ts';

test('shards are summed, and what one of them lacks counts as nothing', () => {
  const { segments, custom, rules } = summed([
    { segments: { vip: { customers: 3, orders: 9, lifetime_value_cents: 900 } } },
    { segments: { vip: { customers: -1 }, new: { customers: 2 } }, custom: { cs_1: { customers: 1 } } },
    { rules: { 'a.1': 2 } },
    { rules: { 'a.1': -2, 'a.2': 1 } },
  ]);
  assert.deepEqual(segments, {
    vip: { customers: 2, orders: 9, lifetime_value_cents: 900 },
    new: { customers: 2, orders: 0, lifetime_value_cents: 0 },
  });
  assert.equal(custom.cs_1?.customers, 1);
  assert.deepEqual(rules, { 'a.1': 0, 'a.2': 1 });
});

test('counts are stale while customers are counted under other rules than the answer’s', () => {
  const answer = {
    thresholdsVersion: 'a',
    rulesRevision: 1,
    stale: false,
    segments: [],
  } as unknown as Parameters<typeof withLiveCounts>[0];
  const stale = (rules: Record<string, number>) => withLiveCounts(answer, summed([{ rules }])).stale;
  assert.equal(stale({ 'a.1': 5, 'a.0': 0 }), false);
  assert.equal(stale({ 'a.1': 4, 'a.2': 1 }), true, 'the rules have changed since');
  assert.equal(stale({ 'a.0': 1, 'a.1': 4 }), true, 'one is still to be evaluated');
});

test('an answer takes over the counts of a listener, and keeps all segments', () => {
  const segment = (id: 'vip' | 'new') => ({
    id,
    label: id,
    description: '',
    count: 1,
    share: 0.5,
    lifetimeValue: 10,
    averageOrderValue: 10,
  });
  const answer = {
    totalCustomers: 2,
    segments: [segment('vip'), segment('new')],
  } as unknown as Parameters<typeof withLiveCounts>[0];
  assert.equal(withLiveCounts(answer, null), answer);
  const shown = withLiveCounts(
    answer,
    summed([{ segments: { vip: { customers: 4, orders: 8, lifetime_value_cents: 1001 } } }]),
  );
  assert.equal(shown.totalCustomers, 4);
  assert.deepEqual(
    shown.segments.map(({ count, share, lifetimeValue, averageOrderValue }) => [
      count,
      share,
      lifetimeValue,
      averageOrderValue,
    ]),
    [
      [4, 1, 10.01, 1.25],
      [0, 0, 0, null],
    ],
  );
  assert.equal(withLiveCounts(answer, summed([])).segments[0]?.share, null);
});

test('a custom segment is counted as of when the others are', () => {
  const custom = { id: 'cs_1', customerCount: 3, lifetimeValue: 30 } as Parameters<typeof customCountOf>[0];
  const answer = (changes: object) =>
    ({ basis: 'current', totalCustomers: 10, customSegments: [], ...changes }) as unknown as Parameters<
      typeof customCountOf
    >[1];
  const counted = (changes: object, live: Parameters<typeof customCountOf>[2] = null) => {
    const { customers, lifetimeValue, share } = customCountOf(custom, answer(changes), live);
    return [customers, lifetimeValue, share];
  };
  assert.deepEqual(counted({}), [3, 30, 0.3]);
  const grown = summed([{ custom: { cs_1: { customers: 5, lifetime_value_cents: 5050 } } }]);
  assert.deepEqual(counted({}, grown), [5, 50.5, 0.5]);
  assert.deepEqual(counted({}, summed([])), [0, 0, 0], 'everybody has left it since it was read');
  const past = { basis: 'recorded', customSegments: [{ id: 'cs_1', count: 2, lifetimeValue: null }] };
  assert.deepEqual(counted(past), [2, null, 0.2], 'not the count of today');
  assert.deepEqual(counted({ ...past, customSegments: [] }), [null, null, null], 'it did not exist');
  assert.deepEqual(counted({ totalCustomers: 0 }, summed([])), [0, 0, null]);
  assert.equal(customCountOf(custom, undefined, null).share, null);
});

test('however many values come, two a second are shown, and the last one always', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const shown: number[] = [];
  const { push, cancel } = throttled<number>((value) => shown.push(value), 500);
  for (let value = 0; value < 100; value += 1) push(value);
  assert.deepEqual(shown, [0]);
  mock.timers.tick(500);
  assert.deepEqual(shown, [0, 99]);
  push(100);
  mock.timers.tick(499);
  assert.deepEqual(shown, [0, 99]);
  mock.timers.tick(1);
  assert.deepEqual(shown, [0, 99, 100]);
  push(101);
  cancel();
  mock.timers.tick(5000);
  assert.deepEqual(shown, [0, 99, 100]);
  mock.timers.reset();
});

test('an hour of ten orders a second is two renders a second', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  let renders = 0;
  const { push, cancel } = throttled<number>(() => (renders += 1), RENDER_MILLISECONDS);
  const seconds = 3600;
  for (let tenth = 0; tenth < 10 * seconds; tenth += 1) {
    push(tenth);
    mock.timers.tick(100);
  }
  cancel();
  mock.timers.reset();
  assert.equal(renders, 1 + 2 * seconds, 'the first at once, then one each half second');
});

/** A tab that is looked at or not, and what listens in it. */
function watched(load: () => Promise<string> = () => Promise.resolve('code')) {
  let seen = true;
  let call = () => {};
  const happened: string[] = [];
  const end = whileSeen(
    {
      load,
      listen() {
        happened.push('listens');
        return () => happened.push('ends');
      },
      paused: () => happened.push('paused'),
      failed: () => happened.push('failed'),
    },
    {
      seen: () => seen,
      onChange(changed) {
        call = changed;
        return () => {
          call = () => {};
        };
      },
    },
  );
  return {
    happened,
    end,
    look(now: boolean) {
      seen = now;
      call();
    },
  };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('a tab that is hidden for a minute listens no more, and does again once it is back', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const tab = watched();
  await settle();
  assert.deepEqual(tab.happened, ['listens']);
  tab.look(false);
  mock.timers.tick(HIDDEN_MILLISECONDS - 1);
  tab.look(true);
  mock.timers.tick(HIDDEN_MILLISECONDS);
  assert.deepEqual(tab.happened, ['listens'], 'a short look elsewhere costs nothing');
  tab.look(false);
  mock.timers.tick(HIDDEN_MILLISECONDS);
  assert.deepEqual(tab.happened, ['listens', 'ends', 'paused']);
  tab.look(true);
  await settle();
  assert.deepEqual(tab.happened, ['listens', 'ends', 'paused', 'listens']);
  tab.end();
  tab.look(true);
  await settle();
  assert.deepEqual(tab.happened, ['listens', 'ends', 'paused', 'listens', 'ends']);
  mock.timers.reset();
});

test('a page that is left before the code has come never listens', async () => {
  const tab = watched();
  tab.end();
  await settle();
  assert.deepEqual(tab.happened, []);
});

test('code that cannot be loaded is said, not thrown', async () => {
  const tab = watched(() => Promise.reject(new Error('gone')));
  await settle();
  assert.deepEqual(tab.happened, ['failed']);
  tab.end();
});
