import { Anchor, Table } from '@mantine/core'
import type { FolderSizes } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './storage.module.css'

/** What the picture beside it shows, in words: every entry with its size, its part and how many files it holds. */
export function SizesTable({ sizes, onOpen }: { sizes: FolderSizes; onOpen: (folder: string) => void }) {
  const { t, bytes, number, share } = useWords()
  const { entries, rest } = sizes
  const partOf = (part: number): number => (sizes.bytes === 0 ? 0 : part / sizes.bytes)
  return (
    <section
      className={styles.list}
      aria-label={t('storagePage.list')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
      tabIndex={0}
    >
      <Table verticalSpacing={6} horizontalSpacing="sm" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('files.name')}</Table.Th>
            <Table.Th className={styles.end}>{t('files.size')}</Table.Th>
            <Table.Th className={styles.end}>{t('storagePage.part')}</Table.Th>
            <Table.Th className={styles.end}>{t('storagePage.files')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.path}>
              <Table.Td className={styles.name}>
                {entry.kind === 'directory' ? (
                  <Anchor
                    component="button"
                    type="button"
                    size="sm"
                    ta="start"
                    aria-label={t('files.open', { name: entry.name })}
                    onClick={() => onOpen(entry.path)}
                  >
                    {entry.name}
                  </Anchor>
                ) : (
                  entry.name
                )}
                <span
                  aria-hidden
                  className={styles.part}
                  style={{ width: `${(partOf(entry.bytes) * 100).toFixed(2)}%` }}
                />
              </Table.Td>
              <Table.Td className={`${styles.end} tabular`}>{bytes(entry.bytes)}</Table.Td>
              <Table.Td className={`${styles.end} tabular`}>{share(partOf(entry.bytes))}</Table.Td>
              <Table.Td className={`${styles.end} tabular`}>{number(entry.files)}</Table.Td>
            </Table.Tr>
          ))}
          {rest.entries > 0 && (
            <Table.Tr>
              <Table.Td>{t('storagePage.rest', { count: rest.entries })}</Table.Td>
              <Table.Td className={`${styles.end} tabular`}>{bytes(rest.bytes)}</Table.Td>
              <Table.Td className={`${styles.end} tabular`}>{share(partOf(rest.bytes))}</Table.Td>
              <Table.Td className={`${styles.end} tabular`}>{number(rest.files)}</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </section>
  )
}
