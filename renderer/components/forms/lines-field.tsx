import { Textarea } from '@mantine/core'

/** Patterns or paths, one a line. */
export function LinesField({
  label,
  description,
  maxRows,
  value,
  onChange,
}: {
  label: string
  description: string
  maxRows: number
  value: string
  onChange: (text: string) => void
}) {
  return (
    <Textarea
      autosize
      minRows={2}
      maxRows={maxRows}
      label={label}
      description={description}
      classNames={{ input: 'mono' }}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
