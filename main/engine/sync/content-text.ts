/** Marks the content of a file that may be run; what comes before it says what is inside. */
const EXECUTABLE = '!x'
/** Begins the content of a link; its target follows. */
const LINK = '>'

/** Bytes of what a content's text stands for; of a link the length of its target. */
export function sizeOfContent(content: string): number {
  if (content.startsWith(LINK)) return Buffer.byteLength(content) - 1
  const size = Number(/^(\d{1,16})-/.exec(content)?.[1] ?? Number.NaN)
  return Number.isSafeInteger(size) ? size : 0
}

/** What is inside, without what the disk adds to it. */
export const withoutMode = (content: string): string =>
  content.endsWith(EXECUTABLE) ? content.slice(0, -EXECUTABLE.length) : content

export const isLinkContent = (content: string): boolean => content.startsWith(LINK)
