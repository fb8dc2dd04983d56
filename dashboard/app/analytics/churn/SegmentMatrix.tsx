import { HeatTable } from '../../../components/charts/HeatTable';
import { SegmentName } from '../../../components/SegmentName';
import type { Schemas } from '../../../lib/api/client';
import type { Formats } from '../../../lib/format/format';
import { stepOf } from '../../../lib/format/heat';
import { SEGMENTS, SEGMENT_LABELS, placeLabel } from '../../../lib/format/segments';

const PLACES = [...SEGMENTS, 'none'] as const;

/** Where the customers of each segment are some time later; colour is the share of the row. */
export function SegmentMatrix({
  label,
  cells,
  onOpen,
  formats,
}: {
  label: string;
  cells: readonly Schemas['MatrixCell'][];
  onOpen?(from: string, to: string): void;
  formats: Formats;
}) {
  const counts = new Map(cells.map((cell) => [`${cell.from} ${cell.to}`, cell.customers]));
  return (
    <HeatTable
      label={label}
      corner="From, to"
      lead="Before"
      columns={SEGMENTS.map((id) => SEGMENT_LABELS[id])}
      rows={PLACES.map((before) => {
        const row = SEGMENTS.map((now) => counts.get(`${before} ${now}`) ?? 0);
        const total = row.reduce((sum, count) => sum + count, 0);
        return {
          id: before,
          name: <SegmentName id={before} />,
          lead: before === 'none' ? '' : formats.count(total),
          cells: SEGMENTS.map((now, index) => {
            const count = row[index] ?? 0;
            return {
              text: count === 0 ? '·' : formats.count(count),
              step: stepOf(count, total),
              sentence:
                `${formats.count(count)} of ${formats.count(total)} customers from ` +
                `${placeLabel(before)} are in ${SEGMENT_LABELS[now]}`,
              activate: onOpen && count > 0 ? () => onOpen(before, now) : undefined,
            };
          }),
        };
      })}
    />
  );
}
