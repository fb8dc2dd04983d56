/** What conditions may ask, as the API describes it. */
export interface Catalogue {
  fields: readonly FieldDescription[];
}

export interface FieldDescription {
  name: string;
  type: string;
  description: string;
  operators: readonly string[];
  /** The words that the field knows; null where they are free. */
  values: readonly string[] | null;
}

const LABELS: Readonly<Record<string, string>> = {
  avgOrderValue: 'Average order value',
  customSegment: 'Custom segment',
  displayName: 'Name',
  email: 'E-mail address',
  phone: 'Phone number',
  predictedLtv: 'Predicted lifetime value',
};

/** The name of a field for people: `daysSinceLastOrder` is “Days since last order”. */
export function fieldLabel(name: string): string {
  return LABELS[name] ?? inWords(name);
}

/** A name such as `atRisk` or `at_risk` in words. */
export function inWords(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase();
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(/\bvip\b/i, 'VIP');
}

const OPERATORS: Readonly<Record<string, string>> = {
  equals: 'is',
  not_equals: 'is not',
  greater_than: 'is more than',
  less_than: 'is less than',
  at_least: 'is at least',
  at_most: 'is at most',
  between: 'is between',
  in: 'is any of',
  not_in: 'is none of',
  contains: 'includes',
  not_contains: 'does not include',
  exists: 'is known',
  not_exists: 'is not known',
};
const DATE_OPERATORS: Readonly<Record<string, string>> = {
  greater_than: 'is after',
  less_than: 'is before',
  at_least: 'is on or after',
  at_most: 'is on or before',
};

/** An operator in words, as it reads after a field of this type. */
export function operatorLabel(operator: string, type: string): string {
  return (type === 'date' ? DATE_OPERATORS[operator] : undefined) ?? OPERATORS[operator] ?? inWords(operator);
}

/** How many values an operator takes with a field of this type. */
export function arity(operator: string, type: string): 'none' | 'one' | 'two' | 'many' {
  switch (operator) {
    case 'exists':
    case 'not_exists':
      return 'none';
    case 'between':
      return 'two';
    case 'in':
    case 'not_in':
      return 'many';
    case 'equals':
    case 'not_equals':
      return type === 'set' ? 'many' : 'one';
    default:
      return 'one';
  }
}

const NUMERIC = new Set(['money', 'count', 'percent', 'days']);

export function isNumeric(type: string): boolean {
  return NUMERIC.has(type);
}
