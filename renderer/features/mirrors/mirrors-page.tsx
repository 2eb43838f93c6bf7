import { Button, Stack } from '@mantine/core'
import { IconArrowLeft, IconPlus } from '@tabler/icons-react'
import type { Mirror, ScheduledJob } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { SyncSections } from '../../components/kept-folder/sync-sections.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useNow } from '../../components/times/use-now.ts'
import { addressOf, goTo } from '../../store/route.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { FilesBrowser } from './files-browser.tsx'
import { MirrorCard } from './mirror-card.tsx'
import { MirrorDialog } from './mirror-dialog.tsx'

const back = (): void => goTo('sync', 'mirrors')

/** Folders as plain files in a place; `of`: the one whose files are looked at, or `new`. */
export default function MirrorsPage({ of }: { of: string | undefined }) {
  const { t } = useWords()
  const slice = useSlice('mirrors')
  const jobs = useAnswer('schedule.list', {}, `${useNow(60_000)} ${JSON.stringify(slice)}`)
  if (!slice) return null
  const mirrors = Object.values(slice).sort((a, b) => a.name.localeCompare(b.name))
  const jobOf = ({ id }: Mirror): ScheduledJob | undefined => jobs.data?.jobs.find((job) => job.id === id)
  const opened = mirrors.find(({ id }) => id === of)
  const addButton = (variant: 'filled' | 'default') => (
    <Button
      component="a"
      href={addressOf('sync', 'mirrors/new')}
      variant={variant}
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      {t('mirrors.add')}
    </Button>
  )

  if (opened)
    return (
      <div data-testid="mirror-page" key={opened.id}>
        <PageHeader title={opened.name}>
          <Button
            component="a"
            variant="default"
            href={addressOf('sync', 'mirrors')}
            leftSection={<IconArrowLeft size={16} aria-hidden />}
          >
            {t('mirrors.all')}
          </Button>
        </PageHeader>
        <Stack gap="lg">
          <MirrorCard mirror={opened} job={jobOf(opened)} isAlone />
          <FilesBrowser mirror={opened} />
        </Stack>
      </div>
    )
  return (
    <div key="all">
      <PageHeader title={t('mirrors.title')} subtitle={t('mirrors.subtitle')}>
        {mirrors.length > 0 && addButton('default')}
      </PageHeader>
      <SyncSections current="mirrors" />
      <Stack gap="lg">
        {jobs.error && <ErrorNote error={jobs.error} />}
        {mirrors.length === 0 && (
          <Card>
            <EmptyNote picture="agree" text={t('mirrors.empty')}>
              {addButton('filled')}
            </EmptyNote>
          </Card>
        )}
        {mirrors.map((mirror) => (
          <MirrorCard mirror={mirror} job={jobOf(mirror)} key={mirror.id} />
        ))}
      </Stack>
      <MirrorDialog opened={of === 'new'} onClose={back} />
    </div>
  )
}
