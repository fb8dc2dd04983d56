/** Heads of columns of numbers, in the row of heads of a table. */
export function NumberHeads({ names }: { names: readonly string[] }) {
  return names.map((name) => (
    <th scope="col" className="number" key={name}>
      {name}
    </th>
  ));
}
