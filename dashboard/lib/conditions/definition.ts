import { arity, isNumeric } from './catalogue.ts';
import { ORDER_PARTS, type Draft, type FieldDraft, type GroupDraft, type OrdersDraft } from './draft.ts';

type Json = Record<string, unknown>;

/** From the name of a field to its type; undefined for a field that the API does not name. */
export type TypeOf = (field: string) => string | undefined;

/** What the API is sent for a draft, and which part of the draft is where in it. */
export interface Written {
  body: { definition: Json } | { filters: Json[] };
  /** From JSON pointers to ids of the draft. */
  places: ReadonlyMap<string, string>;
}

/**
 * What the API is sent for a draft. A flat list of conditions on fields is written as `filters`, the form
 * that every builder reads, where `flat` allows it. What is no number is sent as it was typed: the API says
 * what is wrong with it.
 */
export function written(root: GroupDraft, typeOf: TypeOf, flat: boolean): Written {
  const places = new Map<string, string>();
  if (flat && isFlat(root)) {
    places.set('/filters', root.id);
    return { body: { filters: root.children.map((child, index) => node(child, `/filters/${index}`)) }, places };
  }
  return { body: { definition: node(root, '/definition') }, places };

  function node(draft: Draft, pointer: string): Json {
    places.set(pointer, draft.id);
    if (!draft.not) return positive(draft, pointer);
    places.set(`${pointer}/not`, draft.id);
    return { not: positive(draft, `${pointer}/not`) };
  }

  function positive(draft: Draft, pointer: string): Json {
    switch (draft.kind) {
      case 'group':
        return { [draft.match]: draft.children.map((child, index) => node(child, `${pointer}/${draft.match}/${index}`)) };
      case 'field':
        return onField(draft, typeOf(draft.field) ?? '');
      case 'orders':
        return onOrders(draft);
      case 'other':
        return draft.json as Json;
    }
  }
}

/** The id of the part of the draft that a pointer of the API leads to; null where it leads to none. */
export function placeOf(pointer: string | null, places: ReadonlyMap<string, string>): string | null {
  for (let rest = pointer ?? ''; rest !== ''; rest = rest.slice(0, rest.lastIndexOf('/'))) {
    const id = places.get(rest);
    if (id !== undefined) return id;
  }
  return null;
}

/** Whether every condition has what it needs, so that asking who meets them makes sense. */
export function isComplete(draft: Draft, typeOf: TypeOf): boolean {
  switch (draft.kind) {
    case 'group':
      return draft.children.length > 0 && draft.children.every((child) => isComplete(child, typeOf));
    case 'field': {
      const needed = arity(draft.operator, typeOf(draft.field) ?? '');
      const given = draft.values.filter((value) => value.trim() !== '').length;
      return given >= { none: 0, one: 1, two: 2, many: 1 }[needed];
    }
    case 'orders':
      if (draft.window === 'between') return draft.from !== '' && draft.to !== '';
      return draft.window === 'ever' || draft.days.trim() !== '';
    case 'other':
      return true;
  }
}

function isFlat(root: GroupDraft): boolean {
  return !root.not && root.match === 'all' && root.children.every(({ kind, not }) => kind === 'field' && !not);
}

function onField({ field, operator, values }: FieldDraft, type: string): Json {
  const read = (value: string | undefined) => (isNumeric(type) ? number(value ?? '') : (value ?? ''));
  const given = values.filter((value) => value.trim() !== '');
  switch (arity(operator, type)) {
    case 'none':
      return { field, operator };
    case 'one':
      return { field, operator, value: read(given[0]) };
    case 'two':
      return { field, operator, value: [read(values[0]), read(values[1])] };
    case 'many':
      return { field, operator, value: given.map(read) };
  }
}

function onOrders(draft: OrdersDraft): Json {
  const parts = ORDER_PARTS.map((part) => [part, draft.parts[part].filter((value) => value.trim() !== '')] as const);
  return {
    event: draft.event,
    ...Object.fromEntries(parts.filter(([, values]) => values.length > 0)),
    ...(draft.atLeastTimes.trim() !== '' && { atLeastTimes: number(draft.atLeastTimes) }),
    ...(draft.atLeastAmount.trim() !== '' && { atLeastAmount: number(draft.atLeastAmount) }),
    when: windowOf(draft),
  };
}

function windowOf({ window, days, from, to }: OrdersDraft): Json {
  switch (window) {
    case 'ever':
      return { ever: true };
    case 'between':
      return { between: [from, to] };
    case 'inTheLastDays':
    case 'moreThanDaysAgo':
      return { [window]: number(days) };
  }
}

function number(text: string): number | string {
  const found = Number(text);
  return text.trim() === '' || Number.isNaN(found) ? text : found;
}
