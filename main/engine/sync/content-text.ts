/** Begins the content of a link; its target follows. */
export const LINK = '>'
/** Ends the content of a file that its owner may run; what comes before says what is inside. */
const RUNS = '!x'

/** Bytes of what a content's text stands for; of a link the length of its target. */
export function sizeOfContent(content: string): number {
  if (content.startsWith(LINK)) return Buffer.byteLength(content) - 1
  const size = Number(/^(\d{1,16})-/.exec(content)?.[1] ?? Number.NaN)
  return Number.isSafeInteger(size) ? size : 0
}

/** What is inside, without what the disk adds to it. */
export const withoutMode = (content: string): string =>
  isRunContent(content) ? content.slice(0, -RUNS.length) : content

/** The content of a file that has this inside and may be run. */
export const asRunContent = (inside: string): string => inside + RUNS

export const isRunContent = (content: string): boolean => content.endsWith(RUNS)

/** What has this content. */
export const kindOfContent = (content: string): 'file' | 'symlink' =>
  isLinkContent(content) ? 'symlink' : 'file'

export const isLinkContent = (content: string): boolean => content.startsWith(LINK)
