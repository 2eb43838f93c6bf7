import { Box, NumberInput, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import type { ApiState, Settings } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { CopyField } from '../../components/forms/copy-field.tsx'
import { SettingRow } from '../../components/forms/setting-row.tsx'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'

const LAST_PORT = 65_535

/** Whether programs on this computer are served, at which port, and what came of it. */
export function ApiAccess({
  settings,
  onChange,
}: {
  settings: Settings
  onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useWords()
  const { serveApi, apiPort } = settings
  const api = useSlice('api')?.current
  return (
    <>
      <SettingRow label={t('apiKeys.serve')} hint={t('apiKeys.serveHint')}>
        {(label) => (
          <Switch
            {...label}
            checked={serveApi}
            onChange={(event) => onChange({ serveApi: event.currentTarget.checked })}
          />
        )}
      </SettingRow>
      {serveApi && (
        <PortRow key={apiPort} port={apiPort} onChange={(changed) => onChange({ apiPort: changed })} />
      )}
      {serveApi && api && <Outcome api={api} />}
    </>
  )
}

/** A port is taken over when it is typed to its end: each on the way there would be opened, too. */
function PortRow({ port, onChange }: { port: number; onChange: (port: number) => void }) {
  const { t } = useWords()
  const [typed, setTyped] = useState<number | string>(port)
  const take = (): void => {
    const wanted = Number(typed)
    const isPort = Number.isInteger(wanted) && wanted >= 1 && wanted <= LAST_PORT
    if (!isPort) setTyped(port)
    else if (wanted !== port) onChange(wanted)
  }
  return (
    <SettingRow label={t('apiKeys.port')} hint={t('apiKeys.portHint')}>
      {(label) => (
        <NumberInput
          {...label}
          w={110}
          hideControls
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
          value={typed}
          onChange={setTyped}
          onBlur={take}
          onKeyDown={(event) => event.key === 'Enter' && take()}
        />
      )}
    </SettingRow>
  )
}

function Outcome({ api: { state, port, url, error } }: { api: ApiState }) {
  const { t } = useWords()
  return (
    <Box py="sm" data-testid="api-state">
      {url !== undefined && <CopyField label={t('apiKeys.address')} value={url} />}
      {error && (
        <ErrorNote error={error}>
          <Text size="sm">{t('apiKeys.failed')}</Text>
        </ErrorNote>
      )}
      {state === 'waiting' && <Text c="dimmed">{t('apiKeys.opening', { port })}</Text>}
    </Box>
  )
}
