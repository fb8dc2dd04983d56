/** One of a few, by name. */
export function Choice<T extends string | number>({
  name,
  value,
  options,
  disabled,
  onChange,
}: {
  name: string;
  value: T;
  options: readonly (readonly [T, string])[];
  disabled?: boolean;
  onChange(value: NoInfer<T>): void;
}) {
  return (
    <label className="field">
      {name}
      <select
        value={value}
        disabled={disabled}
        onChange={(event) => {
          const chosen = options.find(([id]) => String(id) === event.target.value);
          if (chosen) onChange(chosen[0]);
        }}
      >
        {options.map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Numbers as they are, for a Choice. */
export function numbers<T extends number>(values: readonly T[]): readonly (readonly [T, string])[] {
  return values.map((value) => [value, String(value)]);
}
