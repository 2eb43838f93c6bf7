import { Button, Fieldset, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useWords } from '../../words/use-words.ts'
import { cellsOf, textOfCells, type WeekCells } from './week-cells.ts'
import styles from './week-grid.module.css'
import { WeekGrid } from './week-grid.tsx'

const MEGABYTE = 1e6
/** What a person who paints first and thinks of speeds later most likely wants. */
const USUAL_UP = MEGABYTE

/** Speeds by the hour of the week: a grid to paint on, or the text where it says more than the grid can show or a person prefers it. */
export function LimitsInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useWords()
  const [cells, setCells] = useState<WeekCells | undefined>(() => withSpeeds(cellsOf(value)))
  const [asText, setAsText] = useState(cells === undefined)

  const set = (next: WeekCells): void => {
    setCells(next)
    onChange(textOfCells(next))
  }
  const readable = asText ? withSpeeds(cellsOf(value)) : cells
  const change = (): void => {
    if (asText) setCells(readable)
    setAsText(!asText)
  }

  return (
    <Fieldset legend={t('places.fields.limits')}>
      <Stack gap="sm">
        {asText || !cells ? (
          <TextInput
            label={t('places.week.text')}
            description={t(readable ? 'places.fields.limitsHint' : 'places.week.finer')}
            value={value}
            placeholder="mon-fri 08:00-18:00 up:1MB; sat,sun pause"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        ) : (
          <>
            <div className={styles.scroll}>
              <WeekGrid cells={cells} onChange={(hours) => set({ ...cells, hours })} />
            </div>
            <div className={styles.speeds}>
              <Speed
                label={t('places.week.up')}
                bytes={cells.up}
                missing={lacksSpeed(cells)}
                onChange={(up) => set({ ...cells, up })}
              />
              <Speed
                label={t('places.week.down')}
                bytes={cells.down}
                missing={lacksSpeed(cells)}
                onChange={(down) => set({ ...cells, down })}
              />
            </div>
          </>
        )}
        <Button variant="subtle" size="xs" disabled={!readable} onClick={change} mr="auto">
          {t(asText ? 'places.week.asGrid' : 'places.week.asText')}
        </Button>
      </Stack>
    </Fieldset>
  )
}

/** Hours are painted as limited, and no speed says to what. */
function lacksSpeed({ hours, up, down }: WeekCells): boolean {
  return up === undefined && down === undefined && hours.includes('limited')
}

function withSpeeds(cells: WeekCells | undefined): WeekCells | undefined {
  return cells && !cells.hours.includes('limited') ? { ...cells, up: USUAL_UP } : cells
}

/** A speed in megabytes a second; empty: no limit in this direction. */
function Speed({
  label,
  bytes,
  missing,
  onChange,
}: {
  label: string
  bytes: number | undefined
  missing: boolean
  onChange: (bytes: number | undefined) => void
}) {
  const { t } = useWords()
  const [text, setText] = useState(bytes === undefined ? '' : String(bytes / MEGABYTE))
  const isWrong = text.trim() !== '' && speedOf(text) === undefined
  return (
    <TextInput
      label={label}
      value={text}
      inputMode="decimal"
      autoComplete="off"
      error={isWrong ? t('places.week.speedWrong') : missing ? t('places.week.speedMissing') : undefined}
      onChange={(event) => {
        setText(event.currentTarget.value)
        onChange(speedOf(event.currentTarget.value))
      }}
    />
  )
}

function speedOf(text: string): number | undefined {
  const plain = text.trim().replace(',', '.')
  const bytes = /^\d{1,6}(\.\d{1,6})?$/.test(plain) ? Math.round(Number(plain) * MEGABYTE) : 0
  return bytes > 0 ? bytes : undefined
}
