import { placeLabel } from '../lib/format/segments';

export function SegmentName({ id }: { id: string }) {
  return (
    <span className="segment" data-segment={id}>
      <span className="dot" />
      {placeLabel(id)}
    </span>
  );
}
