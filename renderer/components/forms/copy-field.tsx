import { Button, CopyButton, Group, Textarea } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'

/** A line of text that a person takes elsewhere: to be read, marked, or copied with one press. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const { t } = useWords()
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <Textarea
        flex={1}
        readOnly
        autosize
        minRows={1}
        label={label}
        value={value}
        classNames={{ input: 'mono' }}
        onFocus={(event) => event.currentTarget.select()}
      />
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy} aria-label={t('common.copyNamed', { name: label })}>
            {t(copied ? 'common.copied' : 'common.copy')}
          </Button>
        )}
      </CopyButton>
    </Group>
  )
}
