import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { IconCircleCheck, IconDownload, IconPrinter } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import type { RecoveryKit } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { isWord, pickPositions, unforeseeable } from './kit-positions.ts'
import { PrintedKit, savePage } from './printed-kit.tsx'
import styles from './recovery.module.css'

interface Props {
  repositoryId?: string | undefined
  /** A kit that was just made otherwise, by changing the keys. */
  made?: RecoveryKit | undefined
  /** There is a proven kit already. */
  again?: boolean
  onClose: () => void
}

/** Makes a recovery kit, shows its words once, and has three of them typed back. The words live here only and go when it closes. */
export function KitDialog({ opened, ...rest }: Props & { opened: boolean }) {
  const { t } = useWords()
  return (
    <Modal
      opened={opened}
      onClose={rest.onClose}
      title={t('recovery.title')}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {opened && <KitSteps {...rest} />}
    </Modal>
  )
}

function KitSteps({ repositoryId, made, again = false, onClose }: Props) {
  const { t } = useWords()
  const make = useAction('key.makeKit')
  const [kit, setKit] = useState(made)
  const [step, setStep] = useState<'words' | 'check' | 'done'>('words')

  if (!kit) {
    const create = async (): Promise<void> =>
      setKit(await make.act(repositoryId === undefined ? {} : { repositoryId }))
    return (
      <Stack>
        <Text>{t('recovery.intro')}</Text>
        {again && (
          <Text size="sm" c="dimmed">
            {t('recovery.introNew')}
          </Text>
        )}
        {make.error && <ErrorNote error={make.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('recovery.postpone')}
          </Button>
          <Button loading={make.busy} onClick={create} data-autofocus>
            {t('recovery.create')}
          </Button>
        </Group>
      </Stack>
    )
  }
  if (step === 'words') return <Words kit={kit} onNext={() => setStep('check')} onClose={onClose} />
  if (step === 'check')
    return <Check kit={kit} onBack={() => setStep('words')} onProven={() => setStep('done')} />
  return (
    <Stack align="center" gap="sm" role="status">
      <ToneDisc tone="ok" icon={IconCircleCheck} size={56} />
      <Text fw={650}>{t('recovery.done')}</Text>
      <Text ta="center" size="sm">
        {t('recovery.doneBody')}
      </Text>
      <Button onClick={onClose} data-autofocus>
        {t('common.done')}
      </Button>
    </Stack>
  )
}

function Words({ kit, onNext, onClose }: { kit: RecoveryKit; onNext: () => void; onClose: () => void }) {
  const { t } = useWords()
  const [saved, setSaved] = useState(false)
  return (
    <Stack>
      <Text size="sm">{t('recovery.wordsIntro')}</Text>
      <ol className={styles.words} aria-label={t('recovery.words')} data-testid="kit-words">
        {kit.words.map((word, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same word may come twice; its place is what it is.
          <li key={index}>
            <span>{index + 1}</span>
            {word}
          </li>
        ))}
      </ol>
      <Group gap="sm">
        <Button leftSection={<IconPrinter size={17} aria-hidden />} onClick={() => window.print()}>
          {t('recovery.print')}
        </Button>
        <Button
          variant="default"
          leftSection={<IconDownload size={17} aria-hidden />}
          onClick={() => {
            savePage(kit.page, `everstow-kit-${kit.repositoryId.slice(0, 8)}.html`)
            setSaved(true)
          }}
        >
          {t('recovery.save')}
        </Button>
      </Group>
      {saved && (
        <Text size="sm" role="status">
          {t('recovery.saved')}
        </Text>
      )}
      <PrintedKit page={kit.page} />
      <Group justify="space-between">
        <Button variant="subtle" onClick={onClose}>
          {t('recovery.postpone')}
        </Button>
        <Button onClick={onNext}>{t('recovery.next')}</Button>
      </Group>
    </Stack>
  )
}

function Check({ kit, onBack, onProven }: { kit: RecoveryKit; onBack: () => void; onProven: () => void }) {
  const { t } = useWords()
  const confirm = useAction('key.confirmKit')
  const [positions] = useState(() => pickPositions(kit.words.length, unforeseeable))
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({})
  const [tried, setTried] = useState(false)
  const isRight = (position: number): boolean => isWord(typed[position] ?? '', kit.words[position] ?? '')

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setTried(true)
    if (!positions.every(isRight)) return
    const { repositoryId } = kit
    if (await confirm.act({ repositoryId, words: kit.words.join(' ') })) onProven()
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">{t('recovery.checkIntro')}</Text>
        <Group grow align="flex-start">
          {positions.map((position, index) => (
            <TextInput
              key={position}
              label={t('recovery.word', { number: position + 1 })}
              value={typed[position] ?? ''}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              error={tried && !isRight(position) && t('recovery.mismatch', { number: position + 1 })}
              onChange={(event) => {
                const text = event.currentTarget.value
                setTried(false)
                setTyped((now) => ({ ...now, [position]: text }))
              }}
              {...(index === 0 ? { 'data-autofocus': true } : {})}
            />
          ))}
        </Group>
        {confirm.error && <ErrorNote error={confirm.error} />}
        <Group justify="space-between">
          <Button variant="subtle" onClick={onBack}>
            {t('recovery.back')}
          </Button>
          <Button type="submit" loading={confirm.busy}>
            {t('recovery.confirm')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
