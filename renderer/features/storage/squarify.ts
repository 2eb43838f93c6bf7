/** A rectangle in the units of the whole. */
export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/**
 * Divides a rectangle among amounts (largest first, each above zero) so that areas are as amounts and shapes are near squares: rows are filled along the shorter
 * side as long as that makes their worst shape better (Bruls, Huizing, van Wijk: Squarified Treemaps, 2000).
 */
export function squarify(amounts: readonly number[], whole: Rectangle): Rectangle[] {
  const total = amounts.reduce((sum, amount) => sum + amount, 0)
  if (total <= 0 || whole.width <= 0 || whole.height <= 0) return []
  const scale = (whole.width * whole.height) / total
  const areas = amounts.map((amount) => amount * scale)
  const found: Rectangle[] = []
  let left = whole
  for (let from = 0; from < areas.length; ) {
    const side = Math.min(left.width, left.height)
    let to = from + 1
    let sum = areas[from] ?? 0
    while (to < areas.length) {
      const longer = sum + (areas[to] ?? 0)
      if (worstShape(areas, from, to + 1, longer, side) > worstShape(areas, from, to, sum, side)) break
      sum = longer
      to++
    }
    left = placeRow(areas.slice(from, to), sum, left, found)
    from = to
  }
  return found
}

/** How far from a square the worst rectangle of a row is, 1 being one; amounts fall, so it is the first or the last. */
function worstShape(areas: readonly number[], from: number, to: number, sum: number, side: number): number {
  const thick = sum / side
  const shape = (area: number) => {
    const long = area / thick
    return Math.max(thick / long, long / thick)
  }
  return Math.max(shape(areas[from] ?? 0), shape(areas[to - 1] ?? 0))
}

/** Places a row along the shorter side and gives what is left. */
function placeRow(row: readonly number[], sum: number, left: Rectangle, found: Rectangle[]): Rectangle {
  const isUpright = left.width >= left.height
  const thick = sum / (isUpright ? left.height : left.width)
  let along = isUpright ? left.y : left.x
  for (const area of row) {
    const long = area / thick
    found.push(
      isUpright
        ? { x: left.x, y: along, width: thick, height: long }
        : { x: along, y: left.y, width: long, height: thick },
    )
    along += long
  }
  return isUpright
    ? { x: left.x + thick, y: left.y, width: Math.max(0, left.width - thick), height: left.height }
    : { x: left.x, y: left.y + thick, width: left.width, height: Math.max(0, left.height - thick) }
}
