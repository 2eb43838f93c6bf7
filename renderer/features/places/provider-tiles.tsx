import { UnstyledButton } from '@mantine/core'
import { type ProviderKind, providerIcons, providerKinds } from '../../components/provider.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './places.module.css'

/** A tile a provider. */
export function ProviderTiles({ onChoose }: { onChoose: (kind: ProviderKind) => void }) {
  const { t } = useWords()
  return (
    <ul className={styles.tiles} aria-label={t('places.chooseKind')}>
      {providerKinds.map((kind) => {
        const ProviderIcon = providerIcons[kind]
        return (
          <li key={kind}>
            <UnstyledButton className={styles.tile} onClick={() => onChoose(kind)}>
              <ProviderIcon size={28} stroke={1.6} aria-hidden />
              <span>
                <strong>{t(`providers.${kind}`)}</strong>
                <small>{t(`providers.hint.${kind}`)}</small>
              </span>
            </UnstyledButton>
          </li>
        )
      })}
    </ul>
  )
}
