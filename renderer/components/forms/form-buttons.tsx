import { Button, Group } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'

/** The end of a form in a dialog: leave it, or do what `submit` says. */
export function FormButtons({
  onCancel,
  submit,
  busy,
}: {
  onCancel: () => void
  submit: string
  busy: boolean
}) {
  const { t } = useWords()
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        {t('common.cancel')}
      </Button>
      <Button type="submit" loading={busy}>
        {submit}
      </Button>
    </Group>
  )
}
