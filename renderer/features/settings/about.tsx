import type { CallOutput } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { Section } from '../../components/section.tsx'
import { useWords } from '../../words/use-words.ts'
import styles from './settings.module.css'

/** What runs here, where its data lies and how keys are kept. */
export function About({ info }: { info: CallOutput<'app.info'> }) {
  const { t } = useWords()
  return (
    <Section title={t('settings.about')}>
      <Card>
        <dl className={styles.facts}>
          <dt>{t('settings.version')}</dt>
          <dd>
            {info.name} {info.version}
          </dd>
          <dt>{t('settings.host')}</dt>
          <dd>{t(`settings.hosts.${info.host}`)}</dd>
          <dt>{t('settings.home')}</dt>
          <dd>
            <code>{info.home}</code>
          </dd>
          <dt>{t('settings.secretStore')}</dt>
          <dd>{t(`settings.stores.${info.secretStore}`)}</dd>
        </dl>
      </Card>
    </Section>
  )
}
