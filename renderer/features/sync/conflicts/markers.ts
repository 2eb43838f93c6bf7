/** Whether a merged text still has places that both changed, as version control marks them. */
export function hasMarkers(text: string): boolean {
  return /^<<<<<<< /m.test(text) && /^>>>>>>> /m.test(text)
}
