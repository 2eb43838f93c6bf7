import { Anchor, Button, Group, Loader, Table, Text } from '@mantine/core'
import { useState } from 'react'
import type { CallOutput } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import { Section } from '../../../components/section.tsx'
import { addressOf } from '../../../store/route.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import styles from '../explore.module.css'
import { Problem } from '../problem.tsx'
import type { FileSpot } from '../spot.ts'
import { addressOfSpot, type Spot } from '../spot.ts'

type Version = CallOutput<'data.versions'>['versions'][number]

/** The versions of the file that differ: each to be looked at, compared, or brought back. Looked for when somebody asks. */
export function VersionsSection({
  spot,
  onChange,
}: {
  spot: FileSpot
  onChange: (part: Partial<Spot>) => void
}) {
  const { t } = useWords()
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Section
      title={t('explorePage.versions')}
      testId="versions"
      aside={
        <Button size="xs" variant="default" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {t(isOpen ? 'explorePage.hideVersions' : 'explorePage.showVersions')}
        </Button>
      }
    >
      {isOpen && (
        <Card>
          <Versions spot={spot} onChange={onChange} />
        </Card>
      )}
    </Section>
  )
}

function Versions({ spot, onChange }: { spot: FileSpot; onChange: (part: Partial<Spot>) => void }) {
  const { t } = useWords()
  const { data, error, again } = useAnswer('data.versions', { path: spot.path })
  if (error) return <Problem error={error} onAgain={again} />
  if (!data) return <Loader size="sm" aria-label={t('common.loading')} />
  return (
    <>
      <section className={styles.wide} aria-label={t('explorePage.versions')}>
        <Table verticalSpacing={6} horizontalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('explorePage.inBackup')}</Table.Th>
              <Table.Th>{t('files.modified')}</Table.Th>
              <Table.Th className={styles.end}>{t('files.size')}</Table.Th>
              <Table.Th>{t('common.details')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.versions.map((version) => (
              <VersionRow key={version.backupId} version={version} spot={spot} onChange={onChange} />
            ))}
          </Table.Tbody>
        </Table>
      </section>
      {data.truncated && (
        <Text size="sm" c="dimmed" mt="xs">
          {t('explorePage.moreVersions')}
        </Text>
      )}
    </>
  )
}

function VersionRow({
  version: { backupId, createdAt, modifiedAt, sizeBytes, backups },
  spot,
  onChange,
}: {
  version: Version
  spot: FileSpot
  onChange: (part: Partial<Spot>) => void
}) {
  const { t, bytes, exact } = useWords()
  const at = exact(createdAt)
  const isShown = backupId === spot.backup
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        {at}
        <Text size="xs" c="dimmed">
          {t('find.in', { count: backups })}
        </Text>
      </Table.Th>
      <Table.Td>{exact(modifiedAt)}</Table.Td>
      <Table.Td className={styles.end}>{bytes(sizeBytes)}</Table.Td>
      <Table.Td>
        <Group gap="xs">
          <Button
            size="compact-xs"
            variant="default"
            disabled={isShown}
            aria-label={t('explorePage.lookAtOf', { at })}
            onClick={() => onChange({ backup: backupId })}
          >
            {t('explorePage.lookAt')}
          </Button>
          {!isShown && (
            <Anchor
              size="sm"
              aria-label={t('explorePage.compareOf', { at })}
              href={addressOfSpot({ ...spot, section: 'compare', other: backupId })}
            >
              {t('restore.compare')}
            </Anchor>
          )}
          <Anchor
            size="sm"
            aria-label={t('explorePage.restoreOf', { at })}
            href={addressOf('restore', `${backupId}/${spot.path}`)}
          >
            {t('explorePage.restore')}
          </Anchor>
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}
