'use client';

import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import { arity, fieldLabel, inWords, isNumeric } from '../../lib/conditions/catalogue';
import type { FieldDraft } from '../../lib/conditions/draft';
import { SEGMENT_LABELS } from '../../lib/format/segments';
import styles from './segment.module.css';

type Field = Schemas['ConditionField'];

/** A word that may be compared with, and how it is shown. */
type Word = readonly [string, string];

/** What a field is compared with: nothing, one value, two, or several. */
export function Values({
  field,
  condition,
  onChange,
}: {
  field: Field;
  condition: FieldDraft;
  onChange(values: readonly string[]): void;
}) {
  if (field.vocabulary === 'customSegment') {
    return <OfCustomSegments field={field} condition={condition} onChange={onChange} />;
  }
  const words = field.values?.map((word): Word => [word, wordLabel(word)]) ?? null;
  return <Inputs field={field} condition={condition} words={words} onChange={onChange} />;
}

function OfCustomSegments(of: { field: Field; condition: FieldDraft; onChange(values: readonly string[]): void }) {
  const answer = useAnswer('custom segments', (api, signal) =>
    answered(api.GET('/v1/custom-segments', { signal })),
  );
  const words = answer.data?.customSegments.map(({ id, name }): Word => [id, name]) ?? [];
  return <Inputs {...of} words={words} />;
}

function Inputs({
  field,
  condition: { operator, values },
  words,
  onChange,
}: {
  field: Field;
  condition: FieldDraft;
  words: readonly Word[] | null;
  onChange(values: readonly string[]): void;
}) {
  const label = fieldLabel(field.name);
  switch (arity(operator, field.type)) {
    case 'none':
      return null;
    case 'two':
      return (
        <>
          <One field={field} label={`${label}, from`} value={values[0] ?? ''} onChange={(first) => onChange([first, values[1] ?? ''])} />
          and
          <One field={field} label={`${label}, to`} value={values[1] ?? ''} onChange={(last) => onChange([values[0] ?? '', last])} />
        </>
      );
    case 'one':
      return words ? (
        <select aria-label={label} value={values[0] ?? ''} onChange={(event) => onChange([event.target.value])}>
          <option value="">Choose…</option>
          {withKept(words, values).map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      ) : (
        <One field={field} label={label} value={values[0] ?? ''} onChange={(value) => onChange([value])} />
      );
    case 'many':
      return words ? (
        <Checked label={label} words={withKept(words, values)} values={values} onChange={onChange} />
      ) : (
        <Lines label={label} values={values} onChange={onChange} />
      );
  }
}

function One({ field, label, value, onChange }: { field: Field; label: string; value: string; onChange(value: string): void }) {
  // An instant, which the API takes too, is not of the form of the browser's own field for dates.
  const date = field.type === 'date' && (value === '' || /^\d{4}-\d{2}-\d{2}$/.test(value));
  return (
    <input
      className={styles.value}
      aria-label={label}
      type={date ? 'date' : 'text'}
      inputMode={isNumeric(field.type) ? 'decimal' : undefined}
      placeholder={PLACEHOLDERS[field.type]}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  money: 'Amount',
  count: 'Number',
  percent: 'Percent',
  days: 'Days',
  set: 'Value',
};

/** Some of a fixed list. */
export function Checked({
  label,
  words,
  values,
  onChange,
}: {
  label: string;
  words: readonly Word[];
  values: readonly string[];
  onChange(values: readonly string[]): void;
}) {
  return (
    <span className={styles.words} role="group" aria-label={label}>
      {words.map(([id, name]) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={values.includes(id)}
            onChange={({ target: { checked } }) =>
              onChange(checked ? [...values, id] : values.filter((value) => value !== id))
            }
          />
          <bdi>{name}</bdi>
        </label>
      ))}
      {words.length === 0 && <span className="quiet">There are none.</span>}
    </span>
  );
}

/** Texts of any kind, one on each line. */
export function Lines({
  label,
  values,
  placeholder = 'One on each line',
  onChange,
}: {
  label: string;
  values: readonly string[];
  placeholder?: string;
  onChange(values: readonly string[]): void;
}) {
  return (
    <textarea
      className={styles.lines}
      aria-label={`${label}, one on each line`}
      rows={Math.min(6, Math.max(1, values.length))}
      placeholder={placeholder}
      value={values.join('\n')}
      onChange={(event) => onChange(event.target.value === '' ? [] : event.target.value.split('\n'))}
    />
  );
}

/** The words with those that are chosen and no longer among them. */
function withKept(words: readonly Word[], values: readonly string[]): readonly Word[] {
  const known = new Set(words.map(([id]) => id));
  return [...words, ...values.filter((value) => value !== '' && !known.has(value)).map((value): Word => [value, value])];
}

export function wordLabel(word: string): string {
  return word in SEGMENT_LABELS ? SEGMENT_LABELS[word as keyof typeof SEGMENT_LABELS] : inWords(word);
}
