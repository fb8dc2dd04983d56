import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addsUp, bodyOfGroup, groupInWords, groupOf, reasonLabel, statusLabel } from '../lib/campaigns.ts';

const groupFrom = (query: string) => groupOf(new URLSearchParams(query));

test('an address names a segment, a cell of a cohort or of the matrix, or nobody', () => {
  assert.equal(groupFrom(''), null);
  assert.equal(groupFrom('segment=&email=a@example.org'), null, 'what names no group is not passed on');
  assert.deepEqual(groupFrom('segment=vip'), { segment: 'vip' });
  assert.deepEqual(bodyOfGroup(groupFrom('cohort=2026-01&period=3&returned=false') ?? {}), {
    cohort: '2026-01',
    period: 3,
    returned: false,
  });
  assert.deepEqual(groupFrom('cohort=2026-01&period=3&breakdown=campaign&value='), {
    cohort: '2026-01',
    period: '3',
    breakdown: 'campaign',
    value: '',
  });
});

test('a group is said in words', () => {
  assert.equal(groupInWords({ segment: 'at_risk' }), 'At Risk');
  assert.equal(groupInWords({ segment: 'cs_0123456789ab' }, () => 'Mine'), '\u2068Mine\u2069');
  assert.equal(groupInWords({ segment: 'cs_0123456789ab' }), 'A custom segment');
  assert.equal(
    groupInWords({ cohort: '2026-01', period: 3, returned: false }),
    'First order in 2026-01, did not order in period 3',
  );
  assert.equal(
    groupInWords({ cohort: '2026-01', period: '1', breakdown: 'channel', value: 'in_store' }),
    'First order in 2026-01 (channel: \u2068in_store\u2069), ordered in period 1',
  );
  assert.equal(
    groupInWords({ fromSegment: 'none', toSegment: 'vip', from: '2026-01-01T00:00:00Z', to: '2026-02-01' }),
    'From No segment to VIP, 2026-01-01 to 2026-02-01',
  );
});

test('everybody of a group is counted once', () => {
  const leftOut = [{ customers: 2 }, { customers: 1 }];
  assert.equal(addsUp({ customers: 10, reachable: 7, leftOut }), true);
  assert.equal(addsUp({ customers: 11, reachable: 7, leftOut }), false);
});

test('a reason or status that is new is shown as it is', () => {
  assert.equal(reasonLabel('no_consent'), 'No consent recorded');
  assert.equal(reasonLabel('on_the_moon'), 'on the moon');
  assert.deepEqual(statusLabel('handed_over'), ['Handed over', 'info']);
  assert.deepEqual(statusLabel('new_status'), ['new status', '']);
});
