export function mergeUpdateFiles(texts: readonly string[]): string
export function gather(from: string, to: string): Promise<void>
