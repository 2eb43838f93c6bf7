import { Button, Group, Select, Text } from '@mantine/core'
import { IconFileSearch } from '@tabler/icons-react'
import { SeenText } from '../../components/seen-text.tsx'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { BackupSelect } from './backup-select.tsx'
import styles from './explore.module.css'
import type { Spot } from './spot.ts'

/** Which plan, which backups, which file. */
export function ChooseBar({
  spot,
  backup,
  older,
  onChange,
  isFinding,
  onFind,
}: {
  spot: Spot
  backup: string | undefined
  /** The older side, where two are compared. */
  older: string | undefined
  onChange: (part: Partial<Spot>) => void
  isFinding: boolean
  onFind: () => void
}) {
  const { t } = useWords()
  const plans = Object.values(useSlice('plans') ?? {})
  const isPair = spot.section === 'compare'
  return (
    <div className={styles.choose}>
      <div className={styles.fields}>
        <Select
          label={t('backups.plan')}
          placeholder={t('backups.allPlans')}
          clearable
          clearButtonProps={{ 'aria-label': t('backups.allPlans') }}
          data={plans.map(({ id, name }) => ({ value: id, label: name }))}
          value={spot.plan ?? null}
          onChange={(plan) => onChange({ plan: plan ?? undefined, backup: undefined, other: undefined })}
        />
        {isPair && (
          <BackupSelect
            label={t('explorePage.older')}
            plan={spot.plan}
            value={older}
            onChange={(other) => onChange({ other })}
          />
        )}
        {spot.section !== 'series' && (
          <BackupSelect
            label={t(isPair ? 'explorePage.newer' : 'explorePage.backup')}
            plan={spot.plan}
            value={backup}
            onChange={(id) => onChange({ backup: id })}
          />
        )}
      </div>
      <Group gap="sm" justify="space-between" wrap="nowrap">
        <Text size="sm" className={styles.path} data-testid="chosen-file">
          {spot.path === undefined ? (
            t('explorePage.noFile')
          ) : (
            <SeenText text={spot.path} most={600} isOneLine />
          )}
        </Text>
        {spot.path !== undefined && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconFileSearch size={15} aria-hidden />}
            aria-expanded={isFinding}
            onClick={onFind}
          >
            {t('explorePage.otherFile')}
          </Button>
        )}
      </Group>
    </div>
  )
}
