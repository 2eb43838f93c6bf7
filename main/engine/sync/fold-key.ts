/**
 * The form under which two names in one folder are the same name on some computer: case and Unicode normalization do not count.
 * Upper case first: it joins what lower case alone keeps apart (`ß` and `ss`, final sigma).
 */
export function foldKey(name: string): string {
  const folded = fold(name)
  // Not another text of the same: many are kept.
  return folded === name ? name : folded
}

function fold(name: string): string {
  // Most names are plain: nothing to normalize.
  if (PLAIN.test(name)) return name.toLowerCase()
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
}

const PLAIN = /^[\x20-\x7e]*$/
