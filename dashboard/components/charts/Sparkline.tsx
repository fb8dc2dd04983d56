import { area, line } from 'd3-shape';

const WIDTH = 120;
const HEIGHT = 36;
const EDGE = 2;

/** The course of a number, without axes: beside a figure that says where it ends. */
export function Sparkline({ values, className }: { values: readonly number[]; className?: string }) {
  const lowest = Math.min(...values);
  const spread = Math.max(...values) - lowest;
  const x = (index: number) => (values.length > 1 ? (index * WIDTH) / (values.length - 1) : 0);
  const y = (value: number) =>
    HEIGHT - EDGE - (spread === 0 ? 0.5 : (value - lowest) / spread) * (HEIGHT - 2 * EDGE);
  const points = values.map((value, index): [number, number] => [x(index), y(value)]);
  return (
    <svg
      aria-hidden="true"
      className={className}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <path
        d={area()
          .y0(HEIGHT)
          .x((point) => point[0])
          .y1((point) => point[1])(points) ?? ''}
        fill="currentColor"
        opacity="0.12"
      />
      <path
        d={line()(points) ?? ''}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
