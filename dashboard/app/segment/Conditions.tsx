'use client';

import { useId, type ReactNode } from 'react';

import { Icon } from '../../components/Icon';
import {
  added,
  changed,
  emptyField,
  emptyGroup,
  emptyOrders,
  removed,
  type Draft,
  type FieldDraft,
  type GroupDraft,
} from '../../lib/conditions/draft';
import { fieldLabel, operatorLabel } from '../../lib/conditions/catalogue';
import { useOffered } from './CatalogueContext';
import { Orders } from './Orders';
import styles from './segment.module.css';
import { Values } from './Values';

interface Editing {
  tree: GroupDraft;
  errors: ReadonlyMap<string, readonly string[]>;
  onChange(tree: GroupDraft): void;
}

/** Conditions of which all or any must hold, and the ways to add one. */
export function Group({ group, top = false, ...editing }: Editing & { group: GroupDraft; top?: boolean }) {
  const { catalogue } = useOffered();
  const { tree, errors, onChange } = editing;
  const add = (child: Draft) => onChange(added(tree, group.id, child));
  const change = (parts: Partial<GroupDraft>) =>
    onChange(changed(tree, group.id, (node) => ({ ...node, ...parts }) as Draft));
  const first = catalogue.fields[0];
  return (
    <div className={styles.group} role="group" aria-label={top ? 'All conditions' : 'Group of conditions'}>
      <div className={styles.head}>
        <label className={styles.sentence}>
          {group.not ? 'Customers who do not meet' : 'Customers who meet'}
          <select
            aria-label="How many of the conditions must hold"
            value={`${group.not ? 'not ' : ''}${group.match}`}
            onChange={({ target: { value } }) =>
              change({ not: value.startsWith('not'), match: value.endsWith('all') ? 'all' : 'any' })
            }
          >
            <option value="all">all</option>
            <option value="any">any</option>
            <option value="not all">not all</option>
            <option value="not any">none</option>
          </select>
          of these
        </label>
        {!top && <Remove what="group" onRemove={() => onChange(removed(tree, group.id))} />}
      </div>
      <Errors of={errors.get(group.id)} />
      <ul className={styles.children}>
        {group.children.map((child) => (
          <li key={child.id}>
            {child.kind === 'group' ? (
              <Group group={child} {...editing} />
            ) : (
              <Condition condition={child} {...editing} />
            )}
          </li>
        ))}
      </ul>
      <div className={styles.add}>
        {first && (
          <button
            className="button"
            type="button"
            onClick={() => add(emptyField(first.name, first.operators.find((name) => name === 'at_least') ?? 'equals'))}
          >
            Add a condition
          </button>
        )}
        <button className="button" type="button" onClick={() => add(emptyOrders())}>
          Add one on orders
        </button>
        <button className="button" type="button" onClick={() => add(emptyGroup())}>
          Add a group
        </button>
      </div>
    </div>
  );
}

function Condition({ condition, tree, errors, onChange }: Editing & { condition: Exclude<Draft, GroupDraft> }) {
  const change = (next: Draft) => onChange(changed(tree, condition.id, () => next));
  return (
    <div className={styles.condition} role="group" aria-label="Condition">
      <div className={styles.parts}>
        <select
          aria-label="Whether it must hold"
          value={String(condition.not)}
          onChange={(event) => change({ ...condition, not: event.target.value === 'true' })}
        >
          <option value="false">It holds that</option>
          <option value="true">It does not hold that</option>
        </select>
        {condition.kind === 'field' && <OnField condition={condition} onChange={change} />}
        {condition.kind === 'orders' && <Orders condition={condition} onChange={change} />}
        {condition.kind === 'other' && <code className="wrap">{JSON.stringify(condition.json)}</code>}
        <Remove what="condition" onRemove={() => onChange(removed(tree, condition.id))} />
      </div>
      <Errors of={errors.get(condition.id)} />
    </div>
  );
}

function OnField({ condition, onChange }: { condition: FieldDraft; onChange(next: FieldDraft): void }) {
  const { catalogue } = useOffered();
  const note = useId();
  const field = catalogue.fields.find(({ name }) => name === condition.field);
  return (
    <>
      <select
        aria-label="Field"
        aria-describedby={note}
        value={condition.field}
        onChange={({ target: { value } }) => {
          const chosen = catalogue.fields.find(({ name }) => name === value);
          if (!chosen) return;
          const kept = chosen.operators.some((name) => name === condition.operator);
          onChange({
            ...condition,
            field: value,
            operator: kept ? condition.operator : (chosen.operators[0] ?? 'exists'),
            values: [],
          });
        }}
      >
        {!field && <option value={condition.field}>{condition.field}</option>}
        {catalogue.fields.map(({ name }) => (
          <option key={name} value={name}>
            {fieldLabel(name)}
          </option>
        ))}
      </select>
      <select
        aria-label="Comparison"
        value={condition.operator}
        onChange={(event) => onChange({ ...condition, operator: event.target.value })}
      >
        {(field?.operators ?? [condition.operator]).map((operator) => (
          <option key={operator} value={operator}>
            {operatorLabel(operator, field?.type ?? '')}
          </option>
        ))}
      </select>
      {field && <Values field={field} condition={condition} onChange={(values) => onChange({ ...condition, values })} />}
      <span className={styles.note} id={note}>
        {field?.description}
      </span>
    </>
  );
}

function Errors({ of }: { of: readonly string[] | undefined }): ReactNode {
  return of?.map((detail) => (
    <p key={detail} className={styles.error} role="alert">
      <Icon name="warning" /> This {detail}.
    </p>
  ));
}

function Remove({ what, onRemove }: { what: string; onRemove(): void }) {
  return (
    <button className={`button ${styles.remove}`} type="button" aria-label={`Remove this ${what}`} onClick={onRemove}>
      <Icon name="cross" />
    </button>
  );
}
