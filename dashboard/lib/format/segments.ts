import type { Schemas } from '../api/client';

export type Segment = Schemas['Segment'];

/** The segments in display order, as the API names them to people. */
export const SEGMENT_LABELS: Readonly<Record<Segment, string>> = {
  vip: 'VIP',
  loyal: 'Loyal',
  new: 'New',
  at_risk: 'At Risk',
  slipping: 'Slipping',
  churned: 'Churned',
  high_value: 'High Value',
  frequent: 'Frequent',
};

export const SEGMENTS = Object.keys(SEGMENT_LABELS) as readonly Segment[];

/** The name of a segment, or of the place outside all of them that matrices call `none`. */
export function placeLabel(place: string): string {
  return place in SEGMENT_LABELS ? SEGMENT_LABELS[place as Segment] : 'No segment';
}
