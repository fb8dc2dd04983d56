import assert from 'node:assert/strict';
import { test } from 'node:test';

import { move } from '../lib/format/grid.ts';
import { largest, stepOf } from '../lib/format/heat.ts';

test('only nothing has no colour, and only the largest has the full one', () => {
  assert.equal(stepOf(0, 0.5), 0);
  assert.equal(stepOf(0.0001, 0.5), 1);
  assert.equal(stepOf(0.25, 0.5), 5);
  assert.equal(stepOf(0.5, 0.5), 10);
  assert.equal(stepOf(0.6, 0.5), 10);
  assert.equal(stepOf(0.5, 0), 0);
});

test('period 0, which is everybody, decides no colour', () => {
  const cell = (retention: number) => ({ retention });
  assert.equal(largest([{ periods: [cell(1), cell(0.2), null] }, { periods: [cell(1), cell(0.4)] }]), 0.4);
  assert.equal(largest([{ periods: [cell(1), null] }]), 0);
  assert.equal(largest([]), 0);
});

const NO_MODIFIERS = { altKey: false, shiftKey: false, ctrlKey: false, metaKey: false };

test('arrow keys stay inside the table', () => {
  const size = { rows: 3, columns: 4 };
  const press = (key: string, row: number, column: number, ctrlKey = false) =>
    move({ row, column }, { ...NO_MODIFIERS, key, ctrlKey }, size);
  assert.deepEqual(press('ArrowRight', 1, 1), { row: 1, column: 2 });
  assert.deepEqual(press('ArrowRight', 1, 3), { row: 1, column: 3 });
  assert.deepEqual(press('ArrowUp', 0, 2), { row: 0, column: 2 });
  assert.deepEqual(press('Home', 2, 3), { row: 2, column: 0 });
  assert.deepEqual(press('Home', 2, 3, true), { row: 0, column: 0 });
  assert.deepEqual(press('End', 0, 0, true), { row: 2, column: 3 });
  assert.deepEqual(press('PageDown', 0, 1), { row: 2, column: 1 });
  assert.equal(press('Tab', 0, 0), null);
});

test('Alt+Left is the browser\'s, and so are other keys with modifiers', () => {
  const press = (key: string, modifier: Partial<typeof NO_MODIFIERS>) =>
    move({ row: 1, column: 1 }, { ...NO_MODIFIERS, key, ...modifier }, { rows: 3, columns: 3 });
  assert.deepEqual(press('ArrowLeft', {}), { row: 1, column: 0 });
  for (const modifier of [{ altKey: true }, { shiftKey: true }, { ctrlKey: true }, { metaKey: true }]) {
    for (const key of ['ArrowLeft', 'ArrowUp', 'PageDown']) assert.equal(press(key, modifier), null);
  }
  assert.deepEqual(press('Home', { metaKey: true }), { row: 0, column: 0 });
  assert.equal(press('Home', { shiftKey: true }), null);
  assert.equal(press('End', { ctrlKey: true, shiftKey: true }), null);
});
