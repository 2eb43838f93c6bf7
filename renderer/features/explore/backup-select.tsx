import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { useBackups } from './use-backups.ts'

/** One backup of many: the newest ones, or those that match what is typed. */
export function BackupSelect({
  label,
  plan,
  value,
  onChange,
}: {
  label: string
  plan: string | undefined
  value: string | undefined
  onChange: (id: string) => void
}) {
  const { t, exact } = useWords()
  const [typed, setTyped] = useState('')
  const newest = useBackups(plan)
  const textOf = (at: string, planName: string | undefined): string =>
    `${exact(at)} · ${planName ?? t('backups.oneOff')}`
  const known = newest.list.map(({ id, createdAt, plan: name }) => ({
    value: id,
    label: textOf(createdAt, name),
  }))
  // What stands in the field is no search, and only what is not listed has to be searched for.
  const isSearch =
    typed !== '' && !known.some(({ label: text }) => text.toLowerCase().includes(typed.toLowerCase()))
  const [search] = useDebouncedValue(isSearch ? typed.trim() : '', 300)
  const found = useBackups(plan, search)
  const isListed = value === undefined || known.some((each) => each.value === value)
  const older = useAnswer('backup.get', isListed || !newest.isKnown ? null : { id: value })
  const also = [
    ...(older.data && older.data.id === value
      ? [{ value, label: textOf(older.data.createdAt, older.data.planName) }]
      : []),
    ...(search
      ? found.list.map(({ id, createdAt, plan: name }) => ({ value: id, label: textOf(createdAt, name) }))
      : []),
  ]
  const data = [...known, ...also].filter(
    (each, index, all) => all.findIndex(({ value: id }) => id === each.value) === index,
  )
  return (
    <Select
      label={label}
      searchable
      allowDeselect={false}
      limit={300}
      maxDropdownHeight={320}
      nothingFoundMessage={t('explorePage.noBackup')}
      data={data}
      value={value ?? null}
      onSearchChange={setTyped}
      onChange={(id) => id && onChange(id)}
    />
  )
}
