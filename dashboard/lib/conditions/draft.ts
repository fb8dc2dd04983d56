/** Conditions as somebody edits them: every part a text, so that what is half typed is kept as it is. */
export type Draft = GroupDraft | FieldDraft | OrdersDraft | OtherDraft;

interface Node {
  id: string;
  /** Whether the opposite must hold. */
  not: boolean;
}

export interface GroupDraft extends Node {
  kind: 'group';
  match: 'all' | 'any';
  children: readonly Draft[];
}

export interface FieldDraft extends Node {
  kind: 'field';
  field: string;
  operator: string;
  values: readonly string[];
}

export const ORDER_PARTS = ['product', 'category', 'channel', 'campaign'] as const;
export type OrderPart = (typeof ORDER_PARTS)[number];

export interface OrdersDraft extends Node {
  kind: 'orders';
  event: 'ordered' | 'did_not_order';
  parts: Readonly<Record<OrderPart, readonly string[]>>;
  atLeastTimes: string;
  atLeastAmount: string;
  window: 'ever' | 'inTheLastDays' | 'moreThanDaysAgo' | 'between';
  days: string;
  from: string;
  to: string;
}

/** A condition that this editor has no form for: kept as it came. */
export interface OtherDraft extends Node {
  kind: 'other';
  json: unknown;
}

export type NewId = () => string;
const newIdOfPage: NewId = () => crypto.randomUUID();

export function emptyGroup(newId: NewId = newIdOfPage): GroupDraft {
  return { kind: 'group', id: newId(), not: false, match: 'all', children: [] };
}

export function emptyField(field: string, operator: string, newId: NewId = newIdOfPage): FieldDraft {
  return { kind: 'field', id: newId(), not: false, field, operator, values: [] };
}

export function emptyOrders(newId: NewId = newIdOfPage): OrdersDraft {
  return {
    kind: 'orders',
    id: newId(),
    not: false,
    event: 'ordered',
    parts: { product: [], category: [], channel: [], campaign: [] },
    atLeastTimes: '1',
    atLeastAmount: '',
    window: 'ever',
    days: '30',
    from: '',
    to: '',
  };
}

/** The tree with one node changed. */
export function changed(root: GroupDraft, id: string, change: (node: Draft) => Draft): GroupDraft {
  const visit = (node: Draft): Draft => {
    if (node.id === id) return change(node);
    return node.kind === 'group' ? { ...node, children: node.children.map(visit) } : node;
  };
  return visit(root) as GroupDraft;
}

export function removed(root: GroupDraft, id: string): GroupDraft {
  return {
    ...root,
    children: root.children
      .filter((child) => child.id !== id)
      .map((child) => (child.kind === 'group' ? removed(child, id) : child)),
  };
}

export function added(root: GroupDraft, group: string, child: Draft): GroupDraft {
  return changed(root, group, (node) =>
    node.kind === 'group' ? { ...node, children: [...node.children, child] } : node,
  );
}

/** The conditions of an answer, for editing: a tree, or a flat list that must all hold. */
export function drafted(
  conditions: { definition?: unknown; filters?: unknown },
  newId: NewId = newIdOfPage,
): GroupDraft {
  const tree = Array.isArray(conditions.filters) ? { all: conditions.filters } : conditions.definition;
  const root = draftOf(tree, newId);
  return root.kind === 'group' ? root : { ...emptyGroup(newId), children: [root] };
}

function draftOf(node: unknown, newId: NewId): Draft {
  if (isRecord(node)) {
    if ('not' in node) {
      const inner = draftOf(node.not, newId);
      // Two negations in a row have no form: the outer one is kept as a group.
      return inner.not ? { ...emptyGroup(newId), not: true, children: [inner] } : { ...inner, not: true };
    }
    for (const match of ['all', 'any'] as const) {
      const children = node[match];
      if (Array.isArray(children)) {
        return { ...emptyGroup(newId), match, children: children.map((child) => draftOf(child, newId)) };
      }
    }
    if (typeof node.field === 'string' && typeof node.operator === 'string') {
      return { ...emptyField(node.field, node.operator, newId), values: textsOf(node.value) };
    }
    const orders = ordersOf(node, newId);
    if (orders) return orders;
  }
  return { kind: 'other', id: newId(), not: false, json: node };
}

function ordersOf(node: Record<string, unknown>, newId: NewId): OrdersDraft | null {
  const { event, when = { ever: true }, atLeastTimes = 1, atLeastAmount = '', ...rest } = node;
  if (event !== 'ordered' && event !== 'did_not_order') return null;
  if (Object.keys(rest).some((part) => !ORDER_PARTS.includes(part as OrderPart)) || !isRecord(when)) return null;
  const draft = emptyOrders(newId);
  const { product, category, channel, campaign } = rest;
  const [first, last] = textsOf(when.between);
  const days = when.inTheLastDays ?? when.moreThanDaysAgo;
  return {
    ...draft,
    event,
    parts: {
      product: textsOf(product),
      category: textsOf(category),
      channel: textsOf(channel),
      campaign: textsOf(campaign),
    },
    atLeastTimes: String(atLeastTimes),
    atLeastAmount: String(atLeastAmount),
    window: (['inTheLastDays', 'moreThanDaysAgo', 'between'] as const).find((name) => name in when) ?? 'ever',
    days: typeof days === 'number' ? String(days) : draft.days,
    from: first ?? '',
    to: last ?? '',
  };
}

function textsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
