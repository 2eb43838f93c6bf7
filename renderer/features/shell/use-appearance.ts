import { useMantineColorScheme } from '@mantine/core'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { languageOf, speak } from '../../words/start-words.ts'

/** Follows the settings for language and theme, and tells assistive technology the page's language. */
export function useAppearance(): void {
  const settings = useSlice('settings')?.current
  const info = useAnswer('app.info', {})
  const { i18n } = useTranslation()
  const { setColorScheme } = useMantineColorScheme()

  const theme = settings?.theme
  useEffect(() => {
    if (theme) setColorScheme(theme)
  }, [theme, setColorScheme])

  const chosen = settings?.language
  const systemTag = info.data?.locale ?? navigator.language
  useEffect(() => {
    const language = !chosen || chosen === 'auto' ? languageOf(systemTag) : chosen
    document.documentElement.lang = language
    if (i18n.language !== language) void speak(language)
  }, [chosen, systemTag, i18n])
}
