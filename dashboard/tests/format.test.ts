import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dateBegunEverywhere, dateIn, daysBefore } from '../lib/format/calendar.ts';
import { change, formatsOf, UNKNOWN } from '../lib/format/format.ts';
import { isolated } from '../lib/format/isolated.ts';
import { localeOf } from '../lib/format/locale.ts';
import { consentText } from '../lib/format/profiles.ts';

const formats = formatsOf('en-US', 'USD', 'America/New_York');

test('what nobody knows is never shown as 0', () => {
  const every: ((value: null | undefined) => string)[] = Object.values({ ...formats });
  for (const format of every) {
    assert.equal(format(null), UNKNOWN);
    assert.equal(format(undefined), UNKNOWN);
  }
});

test('zero is shown as such', () => {
  assert.equal(formats.money(0), '$0.00');
  assert.equal(formats.count(0), '0');
  assert.equal(formats.share(0), '0.0%');
});

test('amounts are in the currency, with its cents', () => {
  assert.equal(formats.money(1234.5), '$1,234.50');
  assert.equal(formats.roundMoney(1234.5), '$1,235');
  assert.equal(formatsOf('de-DE', 'EUR', 'UTC').money(1234.5), '1.234,50\u00a0€');
});

test('instants are where the organisation is, dates have no time zone', () => {
  assert.equal(formats.day('2026-01-01T03:00:00Z'), 'Dec 31, 2025');
  assert.match(formats.instant('2026-01-01T03:00:00Z'), /^Dec 31, 2025, 10:00\sPM$/);
  assert.equal(formats.date('2026-01-01'), 'Jan 1, 2026');
});

test('a change from nothing is not known', () => {
  assert.equal(change(5, 0), null);
  assert.equal(change(0, 0), null);
  assert.equal(change(150, 100), 0.5);
  assert.equal(change(50, 100), -0.5);
});

test('a date has begun everywhere once it has where days begin last', () => {
  const at = new Date('2026-01-01T11:59:00Z');
  assert.equal(dateBegunEverywhere(at), '2025-12-31');
  assert.equal(dateIn('Pacific/Kiritimati', at), '2026-01-02');
  assert.equal(dateBegunEverywhere(new Date('2026-01-01T12:00:00Z')), '2026-01-01');
});

test('days are counted back over months and changes of the clock', () => {
  assert.equal(daysBefore('2026-03-30', 30), '2026-02-28');
  assert.equal(daysBefore('2024-03-01', 1), '2024-02-29');
});

test('a language that is none is passed over', () => {
  assert.equal(localeOf(['en-US@posix', 'de-DE']), 'de-DE');
  assert.equal(localeOf(['en-US@posix']), 'en');
  assert.equal(localeOf([]), 'en');
});

test('consent says what speaks against it', () => {
  const said = { consent: 'denied', since: null, unsubscribed: true, undeliverable: true } as const;
  assert.equal(consentText(said), 'Denied (unsubscribed, bounced or complained)');
  assert.equal(consentText({ ...said, consent: 'granted', unsubscribed: false, undeliverable: false }), 'Granted');
  assert.equal(consentText(null), 'Not recorded');
});

test('a name in a sentence ends its own direction and cannot end that earlier', () => {
  assert.equal(isolated('\u202eabc'), '\u2068\u202eabc\u2069');
  assert.equal(isolated('a\u2069\u202eb'), '\u2068a\u202eb\u2069');
  assert.equal(isolated('a\u2029\u202eb'), '\u2068a\u202eb\u2069');
});

test('a name in a sentence cannot take up the end of its isolate', () => {
  assert.equal(isolated('a\u2066b\u2067c\u2068d'), '\u2068abcd\u2069');
});
