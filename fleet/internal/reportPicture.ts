// The picture of a report: a row for each account, a column for each region, as SVG. What shares an outcome is one path, so that
// a browser has a handful of elements for tens of thousands of places.
import { accountOf, type Entry, type PlaceOutcome, placeOutcomes } from "./reportModel.ts"
import { escapeHtml } from "./reportText.ts"
import { shorten, width } from "./text.ts"

/** Where the cells are, in pixels. The page's script has the same numbers. */
export interface Geometry {
  /** Between the left edges of two cells. */
  readonly pitch: number
  readonly cell: number
  /** Accounts in a block. The blocks are beside each other. */
  readonly rows: number
  readonly blockWidth: number
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  /** Whether there is room for signs in the cells, and for the names of accounts and regions. */
  readonly isLabelled: boolean
}

export interface Axes {
  readonly accounts: ReadonlyArray<string>
  /** The names of the accounts that have one, at the same places. */
  readonly names: ReadonlyArray<string>
  readonly regions: ReadonlyArray<string>
}

/** How wide the picture may become before it wraps. */
const ROOM = 1_100
/** With more accounts, their names would fill pages. */
const LABELLED = 300

export const labelOf = (account: string, name: string): string => {
  const id = account === "" ? "(no account)" : account
  return name === "" ? id : `${id} ${name}`
}

export const layOut = ({ accounts, names, regions }: Axes): Geometry => {
  const isLabelled = accounts.length <= LABELLED
  const pitch = !isLabelled ? 6 : accounts.length > 60 ? 18 : 24
  const cell = pitch - (isLabelled ? 2 : 1)
  const longest = accounts.reduce((most, account, i) => Math.max(most, width(labelOf(account, names[i] ?? ""))), 0)
  const longestRegion = regions.reduce((most, region) => Math.max(most, region.length), 4)
  const left = isLabelled ? Math.ceil(Math.min(longest, 34) * 7.4) + 10 : 2
  // The names of regions stand on their ends. Of dense blocks, each has the first of its accounts above it.
  const top = isLabelled ? Math.ceil(longestRegion * 7.2) + 12 : 18
  const blockWidth = Math.max(left + regions.length * pitch + 14, isLabelled ? 0 : 92)
  const atMost = Math.max(1, Math.floor(ROOM / blockWidth))
  const blocks = Math.max(1, Math.min(atMost, Math.ceil(accounts.length / 40)))
  const rows = Math.max(1, Math.ceil(accounts.length / blocks))
  return {
    pitch,
    cell,
    rows,
    blockWidth,
    left,
    top,
    width: Math.ceil(accounts.length / rows) * blockWidth,
    height: top + rows * pitch + 4,
    isLabelled
  }
}

const xOf = ({ blockWidth, left, pitch, rows }: Geometry, account: number, region: number): number =>
  Math.floor(account / rows) * blockWidth + left + region * pitch
const yOf = ({ pitch, rows, top }: Geometry, account: number): number => top + (account % rows) * pitch

/** How high a cell is in a dense picture: besides the color, it shows what needs attention. */
const dense: Readonly<Record<PlaceOutcome, number>> = {
  Failed: 1,
  Refused: 0.8,
  Done: 0.8,
  Found: 0.6,
  Unchanged: 0.6,
  Nothing: 0.4
}

/** A sign of each outcome, in a square of 10 pixels: a cross, an exclamation mark, a check mark, a diamond, a line and a dot. */
export const signs: Readonly<Record<PlaceOutcome, string>> = {
  Failed: "m1 1l8 8m0-8l-8 8",
  Refused: "m5 0v6m0 2.6v.8",
  Done: "m1 5.5l3 3l5-7",
  Found: "m5 1.5l3.5 3.5l-3.5 3.5l-3.5 -3.5z",
  Unchanged: "m1.5 5h7",
  Nothing: "m4.6 5h.8"
}

const cellsOf = (geometry: Geometry, cells: ReadonlyArray<readonly [account: number, region: number]>): string => {
  const { cell, pitch } = geometry
  let path = ""
  for (let i = 0; i < cells.length; i++) {
    const [account, region] = cells[i]!
    let last = i
    // Neighbours of one outcome are one line, which the dashes of its stroke divide again.
    while (cells[last + 1]?.[0] === account && cells[last + 1]?.[1] === region + last + 1 - i) last++
    path += `M${xOf(geometry, account, region)} ${yOf(geometry, account) + cell / 2}h${(last - i) * pitch + cell}`
    i = last
  }
  return path
}

export const picture = (
  axes: Axes,
  entries: ReadonlyArray<Entry>,
  outcomes: ReadonlyArray<PlaceOutcome>,
  attributes: string
): string => {
  const geometry = layOut(axes)
  const { cell, height, isLabelled, left, pitch, rows, top } = geometry
  const accountAt = new Map(axes.accounts.map((account, i) => [account, i]))
  const regionAt = new Map(axes.regions.map((region, i) => [region, i]))
  const cells: Record<PlaceOutcome, Array<readonly [number, number]>> = {
    Failed: [],
    Refused: [],
    Done: [],
    Found: [],
    Unchanged: [],
    Nothing: []
  }
  entries.forEach((entry, i) => {
    cells[outcomes[i] ?? "Nothing"].push([accountAt.get(accountOf(entry)) ?? 0, regionAt.get(entry.region) ?? 0])
  })
  const blocks = Math.ceil(axes.accounts.length / rows)
  const labels: Array<string> = []
  if (isLabelled) {
    axes.accounts.forEach((account, i) => {
      const x = xOf(geometry, i, 0) - 8
      const label = shorten(labelOf(account, axes.names[i] ?? ""), 34)
      labels.push(
        `<text class="account" x="${x}" y="${yOf(geometry, i) + cell / 2 + 4}">${escapeHtml(label)}</text>`
      )
    })
    for (let block = 0; block < blocks; block++) {
      axes.regions.forEach((region, i) => {
        const x = block * geometry.blockWidth + left + i * pitch + cell / 2 + 4
        labels.push(
          `<text transform="translate(${x} ${top - 6})rotate(-90)">${
            escapeHtml(region === "" ? "(none)" : region)
          }</text>`
        )
      })
    }
  } else {
    for (let block = 0; block < blocks; block++) {
      const first = axes.accounts[block * rows] ?? ""
      labels.push(`<text x="${block * geometry.blockWidth + 2}" y="12">${escapeHtml(first)}</text>`)
    }
  }
  const scale = (cell - 8) / 10
  const inset = (cell - 10 * scale) / 2
  const shapes = placeOutcomes.map((outcome) => {
    const strokeWidth = isLabelled ? cell : cell * dense[outcome]
    const path = `<path class="cell ${outcome}" stroke-width="${strokeWidth}" stroke-dasharray="${cell} ${
      pitch - cell
    }" d="${cellsOf(geometry, cells[outcome])}"/>`
    if (!isLabelled) return path
    const sign = cells[outcome].map(([account, region]) => {
      const x = (xOf(geometry, account, region) + inset) / scale
      const y = (yOf(geometry, account) + inset) / scale
      return `M${x.toFixed(1)} ${y.toFixed(1)}${signs[outcome]}`
    }).join("")
    return `${path}<path class="sign ${outcome}" transform="scale(${scale})" d="${sign}"/>`
  })
  return `<svg ${attributes} width="${geometry.width}" height="${height}" viewBox="0 0 ${geometry.width} ${height}">` +
    `${labels.join("")}${shapes.join("")}<path id="veil" d=""/><rect id="cursor" width="${cell + 2}" height="${
      cell + 2
    }" visibility="hidden"/></svg>`
}
