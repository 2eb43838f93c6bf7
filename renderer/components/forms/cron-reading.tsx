import { cronText } from '../../words/cron-text.ts'
import { useWords } from '../../words/use-words.ts'

/** A cron expression in words, or `otherwise`. */
export default function CronReading({ text, otherwise }: { text: string; otherwise: string }) {
  const { language } = useWords()
  return cronText(text, language) ?? otherwise
}
