import { Button, Menu } from '@mantine/core'
import { IconBolt, IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import type { WireError } from '../../main/contract/index.ts'
import { wireErrorOf } from '../link/caller.ts'
import { goTo } from '../store/route.ts'
import { useCallEngine, useSlice } from '../store/use-engine.ts'
import { useWords } from '../words/use-words.ts'
import { ErrorNote } from './error-note.tsx'

/** Starts backups now: the only plan at once, else a choice of one or all. Without a plan it leads to making one. */
export function BackUpNow({ variant = 'filled' }: { variant?: 'filled' | 'default' }) {
  const { t } = useWords()
  const callEngine = useCallEngine()
  const plans = Object.values(useSlice('plans') ?? {})
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<WireError>()
  const [only] = plans

  const start = async (wanted: readonly { readonly id: string }[]): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      for (const plan of wanted) await callEngine('backup.start', { plan: plan.id })
    } catch (thrown) {
      setError(wireErrorOf(thrown))
    } finally {
      setBusy(false)
    }
  }

  const look = { variant, loading: busy, leftSection: <IconBolt size={17} aria-hidden /> }
  return (
    <>
      {plans.length > 1 ? (
        <Menu position="bottom-start">
          <Menu.Target>
            <Button {...look} rightSection={<IconChevronDown size={14} aria-hidden />}>
              {t('statusPage.backUpNow')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => start(plans)}>{t('statusPage.backUpAll')}</Menu.Item>
            <Menu.Divider />
            {plans.map((plan) => (
              <Menu.Item key={plan.id} onClick={() => start([plan])}>
                {t('statusPage.backUpPlan', { plan: plan.name })}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : (
        <Button {...look} onClick={() => (only ? start([only]) : goTo('backups', 'new'))}>
          {t('statusPage.backUpNow')}
        </Button>
      )}
      {error && <ErrorNote error={error} />}
    </>
  )
}
