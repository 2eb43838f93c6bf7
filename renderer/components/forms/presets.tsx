import { Checkbox, SimpleGrid } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'

/** What a person can leave out with one tick; the engine knows the patterns. */
const presetNames = ['caches', 'build', 'temporary', 'apps', 'media'] as const

/** Ticks for what can be made again and need not be backed up. */
export function Presets({
  chosen,
  onChange,
}: {
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}) {
  const { t } = useWords()
  return (
    <Checkbox.Group label={t('presets.title')} value={[...chosen]} onChange={onChange}>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" mt="xs">
        {presetNames.map((name) => (
          <Checkbox
            key={name}
            value={name}
            label={t(`presets.${name}`)}
            description={t(`presets.${name}Hint`)}
          />
        ))}
      </SimpleGrid>
    </Checkbox.Group>
  )
}
