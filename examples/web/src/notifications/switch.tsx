type Props = { isOn: boolean; onChange(isOn: boolean): void } & (
  | { label: string; labelledBy?: never }
  | { labelledBy: string; label?: never }
)

export function Switch({ isOn, label, labelledBy, onChange }: Props) {
  return (
    <input
      type="checkbox"
      role="switch"
      className="switch"
      checked={isOn}
      aria-checked={isOn}
      aria-label={label}
      aria-labelledby={labelledBy}
      onChange={({ target }) => onChange(target.checked)}
    />
  )
}
