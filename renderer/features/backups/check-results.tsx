import { Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import type { CheckReport, LogCheck, Proof, Run } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useWords } from '../../words/use-words.ts'
import styles from './backup-details.module.css'

/** What a check or a drill found, place by place, in sentences; damage names the files it touches. */
export function CheckResults({ run }: { run: Run }) {
  const { t } = useWords()
  const checks = run.verify?.repositories ?? []
  const proofs = run.drill?.proofs ?? []
  const logs = run.verify?.logs ?? []
  if (checks.length + proofs.length + logs.length === 0) return null
  return (
    <Stack gap="sm" role="status" aria-label={t('health.reports')} data-testid="check-results">
      {checks.map((check) =>
        check.error ? (
          <ErrorNote key={check.placeId} error={check.error} place={check.placeName} />
        ) : (
          <Checked key={check.placeId} check={check} />
        ),
      )}
      {logs.map((log) =>
        log.error ? (
          <ErrorNote key={`${log.databaseId}/${log.placeId}`} error={log.error} place={log.placeName} />
        ) : (
          <CheckedLog key={`${log.databaseId}/${log.placeId}`} log={log} />
        ),
      )}
      {proofs.map((proof) => (
        <Tried key={proof.placeId} proof={proof} />
      ))}
    </Stack>
  )
}

function Checked({ check }: { check: CheckReport }) {
  const { t, bytes } = useWords()
  const place = check.placeName
  const wrong = check.damaged.length + check.missing.length
  const open = wrong - check.healed
  const lines = [
    wrong === 0 && t('health.good', { place, count: check.objects, size: bytes(check.bytes) }),
    check.healed > 0 && t('health.healed', { place, count: check.healed }),
    open > 0 && `${t('health.damaged', { place, count: open })} ${t('health.damagedDo')}`,
    check.lostChunks > 0 && t('health.lost', { count: check.lostChunks }),
  ].filter((line) => line !== false)
  const bad = open > 0 || check.lostChunks > 0 || check.affected.length > 0
  return (
    <div className={styles.found}>
      <ToneDisc tone={bad ? 'bad' : 'ok'} icon={bad ? IconAlertTriangle : IconCircleCheck} size={30} />
      <div>
        {lines.map((line) => (
          <Text size="sm" key={line}>
            {line}
          </Text>
        ))}
        {check.affected.length > 0 && (
          <>
            <Text size="sm" fw={600} mt={4}>
              {t('health.affected')}
            </Text>
            <ul className={styles.skipped}>
              {check.affected.map(({ backupId, paths, more }) => (
                <li key={backupId}>
                  <code>{paths.join(', ')}</code> {more > 0 && t('health.andMore', { count: more })}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  )
}

function CheckedLog({ log }: { log: LogCheck }) {
  const { t, bytes } = useWords()
  const about = { place: log.placeName, database: log.databaseName }
  const open = log.damaged.length - log.healed
  const lines = [
    log.damaged.length === 0 && t('health.logGood', { ...about, count: log.files, size: bytes(log.bytes) }),
    log.healed > 0 && t('health.logHealed', { ...about, count: log.healed }),
    open > 0 && t('health.logDamaged', { ...about, count: open }),
    log.lost.length > 0 && t('health.logLost', { names: log.lost.join(', ') }),
  ].filter((line) => line !== false)
  return (
    <div className={styles.found}>
      <ToneDisc
        tone={open > 0 ? 'bad' : 'ok'}
        icon={open > 0 ? IconAlertTriangle : IconCircleCheck}
        size={30}
      />
      <div>
        {lines.map((line) => (
          <Text size="sm" key={line}>
            {line}
          </Text>
        ))}
      </div>
    </div>
  )
}

function Tried({ proof }: { proof: Proof }) {
  const { t, bytes, duration } = useWords()
  const { placeName: place, files: count, ok } = proof
  return (
    <div className={styles.found}>
      <ToneDisc tone={ok ? 'ok' : 'bad'} icon={ok ? IconCircleCheck : IconAlertTriangle} size={30} />
      <Text size="sm">
        {ok
          ? t('health.drillOk', { place, count, size: bytes(proof.bytes), time: duration(proof.durationMs) })
          : t('health.drillFailed', { place, detail: proof.detail ?? '' })}
      </Text>
    </div>
  )
}
