import { Button, FileButton, Group, List, Modal, Stack, Text, Textarea } from '@mantine/core'
import { IconFileText } from '@tabler/icons-react'
import { useState } from 'react'
import type { CallOutput } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './places.module.css'

type Preview = CallOutput<'env.import'>

/** Takes places and keys from a `.env` of the older systems, after showing what it would do. */
export function EnvImportDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useWords()
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t('envImport.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {opened && <EnvImport onClose={onClose} />}
    </Modal>
  )
}

function EnvImport({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const run = useAction('env.import')
  const [text, setText] = useState('')
  const [preview, setPreview] = useState<Preview>()
  const fresh = preview?.places.filter((place) => !place.existed).length ?? 0
  const useful = preview !== undefined && (preview.places.length > 0 || preview.settings.length > 0)

  const change = (next: string): void => {
    setText(next)
    setPreview(undefined)
    run.forget()
  }
  const ask = async (apply: boolean): Promise<void> => {
    const answer = await run.act({ text, apply })
    if (!answer) return
    setPreview(answer)
    // The keys that were typed are not needed any more.
    if (answer.applied) setText('')
  }

  return (
    <Stack>
      <Text size="sm">{t('envImport.intro')}</Text>
      {!preview?.applied && (
        <>
          <Textarea
            label={t('envImport.text')}
            rows={7}
            value={text}
            onChange={(event) => change(event.currentTarget.value)}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
            spellCheck={false}
            autoComplete="off"
            placeholder={'CLOUD_PROVIDER=aws\nAWS_S3_BUCKET=…'}
            data-autofocus
          />
          <FileButton onChange={async (file) => file && change(await file.text())}>
            {(props) => (
              <Button
                {...props}
                variant="subtle"
                size="xs"
                w="fit-content"
                leftSection={<IconFileText size={15} aria-hidden />}
              >
                {t('envImport.file')}
              </Button>
            )}
          </FileButton>
        </>
      )}
      {preview && <PreviewList preview={preview} />}
      {run.error && <ErrorNote error={run.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t(preview?.applied ? 'common.done' : 'common.cancel')}
        </Button>
        {!preview && (
          <Button loading={run.busy} disabled={!text.trim()} onClick={() => ask(false)}>
            {t('envImport.preview')}
          </Button>
        )}
        {preview && !preview.applied && useful && (
          <Button loading={run.busy} onClick={() => ask(true)}>
            {fresh > 0 ? t('envImport.apply', { count: fresh }) : t('envImport.applySettings')}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

function PreviewList({ preview }: { preview: Preview }) {
  const { t, sentence } = useWords()
  const nothing = preview.places.length === 0 && preview.settings.length === 0
  return (
    <Stack gap="sm" role="status">
      {preview.applied && <Text fw={600}>{t('envImport.done')}</Text>}
      {nothing && <Text>{t('envImport.nothing')}</Text>}
      {preview.places.length > 0 && (
        <div>
          <Text fw={600} size="sm">
            {t('envImport.found')}
          </Text>
          <List size="sm">
            {preview.places.map((place) => (
              <List.Item key={`${place.name}${place.url}`}>
                {place.name} <code className={styles.url}>{place.url}</code>
                {place.existed && <em>{t('envImport.existed')}</em>}
                {place.secretNames.length > 0 && (
                  <Text size="xs" c="dimmed">
                    {t('envImport.secrets', { names: place.secretNames.join(', ') })}
                  </Text>
                )}
              </List.Item>
            ))}
          </List>
        </div>
      )}
      {preview.settings.length > 0 && (
        <Text size="sm">
          {t('envImport.settings')}:{' '}
          {preview.settings.map(({ name, value }) => `${name} = ${value}`).join(', ')}
        </Text>
      )}
      {preview.warnings.length > 0 && (
        <div>
          <Text fw={600} size="sm">
            {t('envImport.warnings')}
          </Text>
          <List size="sm">
            {preview.warnings.map((warning) => (
              <List.Item key={JSON.stringify(warning)}>{sentence(warning)}</List.Item>
            ))}
          </List>
        </div>
      )}
      {preview.ignored.length > 0 && (
        <Text size="xs" c="dimmed">
          {t('envImport.ignored', { names: preview.ignored.join(', ') })}
        </Text>
      )}
    </Stack>
  )
}
