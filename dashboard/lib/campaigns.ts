import { isolated } from './format/isolated.ts';
import { placeLabel } from './format/segments.ts';

/** Parameters of an address that name a group, as the API takes them. */
export const GROUP_PARAMETERS = [
  'segment',
  'cohort',
  'granularity',
  'period',
  'returned',
  'mode',
  'breakdown',
  'value',
  'from',
  'to',
  'fromSegment',
  'toSegment',
] as const;

export type Group = Readonly<Partial<Record<(typeof GROUP_PARAMETERS)[number], string>>>;

/** The group that the parameters of an address name; null where they name none. */
export function groupOf(parameters: { get(name: string): string | null }): Group | null {
  const found = GROUP_PARAMETERS.flatMap((name) => {
    const value = parameters.get(name);
    // An empty value of a breakdown stands for first orders that have none.
    return value === null || (value === '' && name !== 'value') ? [] : [[name, value] as const];
  });
  return found.length === 0 ? null : Object.fromEntries(found);
}

/** A group as the body of a campaign has it: numbers and truths instead of texts. */
export function bodyOfGroup({ period, returned, ...texts }: Group): Record<string, string | number | boolean> {
  return {
    ...texts,
    ...(period !== undefined && { period: Number(period) }),
    ...(returned !== undefined && { returned: returned === 'true' }),
  };
}

/** A group in words; `nameOf` names a custom segment, where its name is known. */
export function groupInWords(
  source: Readonly<Record<string, unknown>>,
  nameOf: (id: string) => string | undefined = () => undefined,
): string {
  const { segment, cohort, period, returned, breakdown, value, fromSegment, toSegment, from, to } = source;
  if (typeof segment === 'string') {
    if (!segment.startsWith('cs_')) return placeLabel(segment);
    const name = nameOf(segment);
    return name === undefined ? 'A custom segment' : isolated(name);
  }
  if (cohort !== undefined) {
    const back = String(returned) === 'false' ? 'did not order' : 'ordered';
    const named = text(value) && isolated(text(value));
    const broken = breakdown === undefined ? '' : ` (${text(breakdown)}: ${named || 'not named'})`;
    return `First order in ${text(cohort)}${broken}, ${back} in period ${text(period)}`;
  }
  if (fromSegment !== undefined && toSegment !== undefined) {
    return `From ${placeLabel(text(fromSegment))} to ${placeLabel(text(toSegment))}, ${day(from)} to ${day(to)}`;
  }
  return 'A group';
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}

function day(value: unknown): string {
  return text(value).slice(0, 10);
}

const REASONS: Readonly<Record<string, string>> = {
  no_address: 'No address',
  test_or_archived: 'Test account or archived',
  bounced_or_complained: 'Bounced or complained',
  unsubscribed: 'Unsubscribed',
  no_consent: 'No consent recorded',
  contacted_recently: 'Contacted recently',
  same_address: 'Same address as another customer',
};

/** Why somebody is left out, for people. */
export function reasonLabel(reason: string): string {
  return REASONS[reason] ?? reason.replaceAll('_', ' ');
}

const STATUSES: Readonly<Record<string, readonly [string, string]>> = {
  freezing: ['Freezing its audience', 'info'],
  failed: ['Failed', 'bad'],
  ready: ['Ready', 'good'],
  handed_over: ['Handed over', 'info'],
  sent: ['Sent', 'good'],
  cancelled: ['Cancelled', ''],
};

/** A status for people, and the kind of badge that shows it. */
export function statusLabel(status: string): readonly [string, string] {
  return STATUSES[status] ?? [status.replaceAll('_', ' '), ''];
}

const CHANNELS: Readonly<Record<string, string>> = { email: 'E-mail', sms: 'Text message' };

export function channelLabel(channel: string): string {
  return CHANNELS[channel] ?? channel;
}

/** Everybody of a group, once: the reachable and each reason; false where that does not add up. */
export function addsUp(reach: {
  customers: number;
  reachable: number;
  leftOut: readonly { customers: number }[];
}): boolean {
  return reach.leftOut.reduce((sum, { customers }) => sum + customers, reach.reachable) === reach.customers;
}
