import assert from 'node:assert/strict';
import { test } from 'node:test';

import { arity, fieldLabel, operatorLabel } from '../lib/conditions/catalogue.ts';
import { isComplete, placeOf, written } from '../lib/conditions/definition.ts';
import { added, changed, drafted, emptyField, emptyGroup, emptyOrders, removed } from '../lib/conditions/draft.ts';

const TYPES: Readonly<Record<string, string>> = {
  totalSpent: 'money',
  segment: 'text',
  category: 'set',
  email: 'presence',
  lastOrderDate: 'date',
};
const typeOf = (field: string) => TYPES[field];

const TREE = {
  all: [
    { event: 'ordered', category: ['Grocery', 'Dairy, cold'], atLeastTimes: 3, when: { inTheLastDays: 180 } },
    { event: 'did_not_order', atLeastTimes: 1, when: { moreThanDaysAgo: 30 } },
    { event: 'ordered', atLeastTimes: 1, atLeastAmount: 20.5, when: { between: ['2026-01-01', '2026-01-31'] } },
    {
      any: [
        { field: 'totalSpent', operator: 'between', value: [200, 300] },
        { field: 'segment', operator: 'in', value: ['at_risk', 'churned'] },
        { not: { any: [{ field: 'email', operator: 'not_exists' }] } },
      ],
    },
    { not: { field: 'category', operator: 'equals', value: ['Edibles'] } },
    { not: { not: { field: 'lastOrderDate', operator: 'at_least', value: '2026-01-31' } } },
    { event: 'something new', campaign: 'c1' },
  ],
};

/** A group that a second negation is kept by. */
const KEPT = { not: { all: [{ not: { field: 'lastOrderDate', operator: 'at_least', value: '2026-01-31' } }] } };

test('a definition that is edited and not changed stays what it was', () => {
  const { body } = written(drafted({ definition: TREE }), typeOf, true);
  const all = TREE.all.map((node, index) => (index === 5 ? KEPT : node));
  assert.deepEqual(body, { definition: { all } });
});

test('a flat list stays one, until something is in it that it cannot say', () => {
  const filters = [{ field: 'totalSpent', operator: 'greater_than', value: 500 }];
  const root = drafted({ filters, definition: { all: filters } });
  assert.deepEqual(written(root, typeOf, true).body, { filters });
  assert.deepEqual(written(root, typeOf, false).body, { definition: { all: filters } });
  assert.deepEqual(Object.keys(written({ ...root, match: 'any' }, typeOf, true).body), ['definition']);
  assert.deepEqual(Object.keys(written({ ...root, not: true }, typeOf, true).body), ['definition']);
  assert.deepEqual(Object.keys(written(added(root, root.id, emptyOrders()), typeOf, true).body), ['definition']);
});

test('what is no number is sent as it was typed, for the API to name the place', () => {
  const root = { ...emptyGroup(), children: [{ ...emptyField('totalSpent', 'at_least'), values: ['5oo'] }] };
  assert.deepEqual(written(root, typeOf, true).body, {
    filters: [{ field: 'totalSpent', operator: 'at_least', value: '5oo' }],
  });
});

test('a pointer of the API leads to the condition that it is about', () => {
  const root = drafted({ definition: TREE });
  const { places } = written(root, typeOf, true);
  const group = root.children[3];
  assert.ok(group?.kind === 'group');
  assert.equal(placeOf('/definition/all/0/when/inTheLastDays', places), root.children[0]?.id);
  assert.equal(placeOf('/definition/all/3/any/0/value/1', places), group.children[0]?.id);
  assert.equal(placeOf('/definition/all/3/any/2/not/any/0', places), idOfOnly(group.children[2]));
  assert.equal(placeOf('/definition/all/4/not/operator', places), root.children[4]?.id);
  assert.equal(placeOf('/definition/all/3', places), group.id);
  assert.equal(placeOf('/definition', places), root.id);
  assert.equal(placeOf('/name', places), null);
  assert.equal(placeOf(null, places), null);
});

function idOfOnly(draft: ReturnType<typeof drafted>['children'][number] | undefined): string | undefined {
  return draft?.kind === 'group' ? draft.children[0]?.id : undefined;
}

test('nodes are added, changed and removed at any depth', () => {
  const inner = emptyGroup();
  const leaf = emptyField('email', 'exists');
  const root = added(added(emptyGroup(), '', inner), '', inner);
  assert.equal(root.children.length, 0, 'there is no such group');
  const full = added(added({ ...root, id: 'root' }, 'root', inner), inner.id, leaf);
  const negated = changed(full, leaf.id, (node) => ({ ...node, not: true }));
  assert.deepEqual(written(negated, typeOf, true).body, {
    definition: { all: [{ all: [{ not: { field: 'email', operator: 'exists' } }] }] },
  });
  assert.deepEqual(removed(full, leaf.id), removed(negated, leaf.id));
  assert.deepEqual(removed(full, inner.id).children, []);
});

test('nothing is asked for while a condition is half filled in', () => {
  const of = (operator: string, values: string[]) =>
    isComplete({ ...emptyGroup(), children: [{ ...emptyField('totalSpent', operator), values }] }, typeOf);
  assert.equal(of('at_least', []), false);
  assert.equal(of('at_least', ['5']), true);
  assert.equal(of('between', ['5', ' ']), false);
  assert.equal(of('between', ['5', '6']), true);
  assert.equal(of('exists', []), true);
  assert.equal(isComplete(emptyGroup(), typeOf), false);
  assert.equal(isComplete({ ...emptyOrders(), window: 'between', from: '2026-01-01' }, typeOf), false);
  assert.equal(isComplete(emptyOrders(), typeOf), true);
});

test('fields and operators read as a sentence', () => {
  assert.equal(fieldLabel('daysSinceLastOrder'), 'Days since last order');
  assert.equal(fieldLabel('email'), 'E-mail address');
  assert.equal(operatorLabel('at_least', 'money'), 'is at least');
  assert.equal(operatorLabel('at_least', 'date'), 'is on or after');
  assert.equal(operatorLabel('starts_with', 'text'), 'Starts with');
  assert.equal(arity('equals', 'set'), 'many');
  assert.equal(arity('equals', 'text'), 'one');
});
