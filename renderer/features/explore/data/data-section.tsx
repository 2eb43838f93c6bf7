import { Button, Group, Loader, Select, Stack, Text } from '@mantine/core'
import { IconArrowsDiff, IconChartLine, IconHistory } from '@tabler/icons-react'
import { useState } from 'react'
import { DataKind, type WireError } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import { Section } from '../../../components/section.tsx'
import { addressOf } from '../../../store/route.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import { FileFacts } from '../file-facts.tsx'
import { isNotThere } from '../not-there.ts'
import { PathField } from '../path-field.tsx'
import { Problem } from '../problem.tsx'
import { addressOfSpot, type FileSpot, type Spot } from '../spot.ts'
import { JsonTree } from '../tree/json-tree.tsx'
import { useOutline } from '../tree/use-outline.ts'
import { BytesView } from './bytes-view.tsx'
import { RecordsTable } from './records-table.tsx'
import { TextPages } from './text-pages.tsx'
import { ValuePanel } from './value-panel.tsx'
import { VersionsSection } from './versions-section.tsx'

/** What kind of data a file is, until somebody says otherwise. */
type As = DataKind | 'auto'

/** A file of a backup as what it is: a tree, a table, a text or bytes. */
export function DataSection({
  spot,
  onChange,
  onOther,
}: {
  spot: FileSpot
  onChange: (part: Partial<Spot>) => void
  onOther: () => void
}) {
  const { t } = useWords()
  const [as, setAs] = useState<As>('auto')
  return (
    <>
      <Section
        title={t('explorePage.sections.data')}
        testId="data-section"
        aside={
          <Group gap="xs">
            <Select
              aria-label={t('explorePage.as')}
              size="xs"
              w={190}
              allowDeselect={false}
              data={[
                { value: 'auto', label: t('explorePage.asItIs') },
                ...DataKind.options.map((value) => ({ value, label: t(`explorePage.kind.${value}`) })),
              ]}
              value={as}
              onChange={(value) => value && setAs(value as As)}
            />
          </Group>
        }
      >
        <Card>
          <Contents key={as} spot={spot} as={as} onAs={setAs} onChange={onChange} onOther={onOther} />
        </Card>
      </Section>
      <VersionsSection spot={spot} onChange={onChange} />
    </>
  )
}

interface ContentsProps {
  readonly spot: FileSpot
  readonly as: As
  readonly onAs: (as: As) => void
  readonly onChange: (part: Partial<Spot>) => void
  readonly onOther: () => void
}

function Contents(props: ContentsProps) {
  if (props.as === 'text' || props.as === 'bytes') return <Plain kind={props.as} spot={props.spot} />
  return <Parsed {...props} />
}

function Parsed({ spot, as, onAs, onChange, onOther }: ContentsProps) {
  const { t } = useWords()
  const { backup, path } = spot
  const outline = useOutline(backup, path, as === 'auto' ? undefined : as)
  // What has no outline may have a beginning, which says what it is.
  const isBare = outline.file === undefined && OTHERWISE.includes(outline.error?.code ?? '')
  const start = useAnswer('data.read', isBare && as === 'auto' ? { backup, path, length: 1 } : null)
  const file = outline.file ?? start.data
  const { error } = outline
  if (file?.kind === 'text' || file?.kind === 'bytes') return <Plain kind={file.kind} spot={spot} />
  const isTree = file?.kind === 'json'
  if (error && !outline.file && !start.busy && (!file || isTree))
    return <Unread error={start.error ?? error} onAgain={outline.again} onAs={onAs} onOther={onOther} />
  if (!file) return <Loader size="sm" m="md" aria-label={t('common.loading')} />
  const select = (pointer: string): void => onChange({ select: pointer || undefined })
  return (
    <Stack gap="md">
      <FileFacts kind={file.kind} sizeBytes={file.sizeBytes} modifiedAt={file.modifiedAt} />
      {error && outline.file && <Problem error={error} onAgain={outline.again} />}
      {isTree ? (
        <JsonTree
          outline={outline}
          name={path.slice(path.lastIndexOf('/') + 1)}
          select={spot.select ?? ''}
          onSelect={select}
        />
      ) : (
        <RecordsTable backup={backup} path={path} kind={file.kind} onSelect={select} />
      )}
      <PathField value={spot.select ?? ''} onChange={select} />
      <ValuePanel key={spot.select} spot={spot} as={as === 'auto' ? undefined : as} />
      <ValueLinks spot={spot} />
    </Stack>
  )
}

/** Texts are shown page by page, other bytes by their number and how they begin. */
function Plain({ kind, spot }: { kind: 'text' | 'bytes'; spot: FileSpot }) {
  const { backup, path } = spot
  return (
    <Stack gap="md">
      {kind === 'text' ? (
        <TextPages backup={backup} path={path} />
      ) : (
        <BytesView backup={backup} path={path} />
      )}
      <ValueLinks spot={{ ...spot, select: undefined }} isPlain />
    </Stack>
  )
}

/** The ways on from a value: over time, between two backups, back onto the disk. */
function ValueLinks({ spot, isPlain = false }: { spot: FileSpot; isPlain?: boolean }) {
  const { t } = useWords()
  return (
    <Group gap="sm">
      {!isPlain && (
        <Button
          component="a"
          size="xs"
          leftSection={<IconChartLine size={15} aria-hidden />}
          href={addressOfSpot({ ...spot, section: 'series' })}
        >
          {t('explorePage.toSeries')}
        </Button>
      )}
      <Button
        component="a"
        size="xs"
        variant="default"
        leftSection={<IconArrowsDiff size={15} aria-hidden />}
        href={addressOfSpot({ ...spot, section: 'compare' })}
      >
        {t('explorePage.toCompare')}
      </Button>
      <Button
        component="a"
        size="xs"
        variant="default"
        leftSection={<IconHistory size={15} aria-hidden />}
        href={addressOf('restore', `${spot.backup}/${spot.path}`)}
      >
        {t('explorePage.toRestore')}
      </Button>
    </Group>
  )
}

/** Codes of what may well be read in another way. */
const OTHERWISE = ['data-unreadable', 'data-too-large', 'data-too-hard']

function Unread({
  error,
  onAgain,
  onAs,
  onOther,
}: { error: WireError; onAgain: () => void } & Pick<ContentsProps, 'onAs' | 'onOther'>) {
  const { t } = useWords()
  if (isNotThere(error))
    return (
      <Stack gap="sm" align="flex-start" role="status">
        <Text>{t('explorePage.notThere')}</Text>
        <Button size="xs" variant="default" onClick={onOther}>
          {t('explorePage.otherFile')}
        </Button>
      </Stack>
    )
  return (
    <Problem error={error} onAgain={onAgain}>
      {OTHERWISE.includes(error.code) &&
        (['text', 'bytes'] as const).map((kind) => (
          <Button key={kind} size="xs" variant="default" onClick={() => onAs(kind)}>
            {t(`explorePage.readAs.${kind}`)}
          </Button>
        ))}
    </Problem>
  )
}
