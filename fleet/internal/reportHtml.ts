// A report as one static page, which loads nothing.
import * as DateTime from "effect/DateTime"
import { createHash } from "node:crypto"
import {
  accountLabel,
  accountOf,
  countsOf,
  type Entry,
  incomplete,
  noteOf,
  outcomeOf,
  type PlaceOutcome,
  placeOutcomes,
  regionLabel,
  type Report,
  summarize,
  type Summary
} from "./reportModel.ts"
import { type Axes, layOut, picture, signs } from "./reportPicture.ts"
import { reasonsOf } from "./reportReasons.ts"
import { script } from "./reportScript.ts"
import { style } from "./reportStyle.ts"
import { clean, escapeHtml, escapeJson } from "./reportText.ts"
import { amount, count, time } from "./text.ts"

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

/** What an outcome means, in the key of the picture. */
const meanings: Readonly<Record<PlaceOutcome, string>> = {
  Failed: "the work ended early, or didn't begin",
  Refused: "something was refused",
  Done: "something was done",
  Found: "something was found",
  Unchanged: "there was nothing to do",
  Nothing: "nothing was found"
}

const kinds = ["Done", "Found", "Unchanged", "Refused"] as const

/** The rows that are in the page itself. The script shows the others. */
const STATIC_ROWS = 100
/** How much of a reason is in the table. The details of a place have all of it. */
const CUT = 180
/** The reasons that the page lists, the most frequent first. */
const REASONS = 50

const unique = (values: Iterable<string>): ReadonlyArray<string> => [...new Set(values)].sort()

const axesOf = (entries: ReadonlyArray<Entry>): Axes => {
  const accounts = unique(entries.map(accountOf))
  const names = new Map(entries.flatMap((entry) => entry.name === undefined ? [] : [[accountOf(entry), entry.name]]))
  return {
    accounts,
    names: accounts.map((account) => names.get(account) ?? ""),
    regions: unique(entries.map(({ region }) => region))
  }
}

/** The report as the script reads it: each text once, and numbers for the rest. */
const dataOf = (axes: Axes, entries: ReadonlyArray<Entry>, outcomes: ReadonlyArray<PlaceOutcome>): unknown => {
  const strings: Array<string> = []
  const numbers = new Map<string, number>()
  const numberOf = (text: string | undefined): number => {
    if (text === undefined) return -1
    let number = numbers.get(text)
    if (number === undefined) {
      number = strings.push(clean(text)) - 1
      numbers.set(text, number)
    }
    return number
  }
  const accountAt = new Map(axes.accounts.map((account, i) => [account, i]))
  const regionAt = new Map(axes.regions.map((region, i) => [region, i]))
  const places = entries.map((entry, i) => [
    accountAt.get(accountOf(entry)),
    regionAt.get(entry.region),
    placeOutcomes.indexOf(outcomes[i] ?? "Nothing"),
    numberOf(entry.failure),
    entry.items.flatMap(({ outcome, what, why }) => [numberOf(what), kinds.indexOf(outcome), numberOf(why)])
  ])
  return {
    accounts: axes.accounts.map(clean),
    names: axes.names.map(clean),
    regions: axes.regions.map(clean),
    strings,
    outcomes: placeOutcomes,
    words: placeOutcomes.map((outcome) => meanings[outcome]),
    geometry: layOut(axes),
    cut: CUT,
    places
  }
}

const mark = (outcome: PlaceOutcome, id = ""): string =>
  `<svg${id} width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path class="cell ${outcome}" stroke-width="16" d="M0 8h16"/>` +
  `<path class="sign ${outcome}" d="M3 3${signs[outcome]}"/></svg>`

/** By UTF-16 units, as the script does it. */
const cut = (text: string, length: number): string => text.length > length ? `${text.slice(0, length)}…` : text

const marked = (outcome: PlaceOutcome): string => `<span class="mark">${mark(outcome)}<span>${outcome}</span></span>`

const row = (entry: Entry, outcome: PlaceOutcome): string => {
  const { done, found, refused, unchanged } = countsOf(entry)
  const numbers = [entry.items.length, done, found, unchanged, refused]
  return `<tr><th scope="row" class="id">${escapeHtml(accountLabel(accountOf(entry)))}</th><td class="name">${
    escapeHtml(entry.name ?? "")
  }</td><td class="id">${escapeHtml(regionLabel(entry.region))}</td><td>${marked(outcome)}</td>${
    numbers.map((value) => `<td class="number wide">${amount(value)}</td>`).join("")
  }<td class="why wide">${escapeHtml(cut(noteOf(entry), CUT))}</td></tr>`
}

/** What to look for, to find the places with a reason: its words, but for those that differ from place to place. */
const searchFor = (why: string): string =>
  why.split(/\s+/).filter((word) => !/\{(account|region)\}/.test(word)).slice(0, 24).join(" ")

const reasons = (entries: ReadonlyArray<Entry>): string => {
  const all = reasonsOf(entries)
  if (all.length === 0) return ""
  const rows = all.slice(0, REASONS).map(({ items, outcome, places, why }) => {
    const text = why === "" ? "(without a reason)" : why
    const search = searchFor(why)
    const button = search === ""
      ? ""
      : `<button type="button" class="link scripted" hidden data-text="${escapeHtml(search)}">Show</button>`
    return `<tr><td>${marked(outcome)}</td><td class="number">${amount(places)}</td><td class="number wide">${
      items === 0 ? "" : amount(items)
    }</td><td class="why">${escapeHtml(cut(text, 600))}</td><td>${button}</td></tr>`
  })
  const others = all.length > REASONS
    ? `<p class="muted">There are ${amount(all.length - REASONS)} other reasons; the table of places has them.</p>`
    : ""
  return `<h2 id="reasons">Reasons</h2>
<p class="muted">Why places failed, and why things were refused. {account} and {region} stand for those of each place.</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="reasons"><table><thead><tr><th scope="col">Outcome</th>
<th scope="col" class="number">Places</th><th scope="col" class="number wide">Items</th><th scope="col">Why</th>
<th scope="col">Places</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>
${others}`
}

const columns = [
  ["account", "Account", ""],
  ["name", "Name", ""],
  ["region", "Region", ""],
  ["outcome", "Outcome", ""],
  ["items", "Items", "number wide"],
  ["done", "Done", "number wide"],
  ["found", "Found", "number wide"],
  ["unchanged", "Unchanged", "number wide"],
  ["refused", "Refused", "number wide"],
  ["why", "Why", "wide"]
] as const

const sums = ({ accounts, done, failed, found, items, places, refused, regions, unchanged }: Summary): string => {
  const all: ReadonlyArray<readonly [string, number, string]> = [
    ["Accounts", accounts, ""],
    ["Regions", regions, ""],
    ["Places", places, ""],
    ["Failed places", failed, "Failed"],
    ["Items", items, ""],
    ["Done", done, "Done"],
    ["Found", found, "Found"],
    ["Unchanged", unchanged, "Unchanged"],
    ["Refused", refused, "Refused"]
  ]
  return `<dl class="sums">${
    all.map(([title, value, name]) => `<div class="${name}"><dt>${title}</dt><dd>${amount(value)}</dd></div>`).join("")
  }</dl>`
}

const filters = (): string =>
  `<form id="filters" class="scripted" hidden aria-label="Filters">
<label>Outcome <select name="outcome"><option value="">All</option><option value="Problems">Failed or refused</option>
${placeOutcomes.map((outcome) => `<option value="${outcome}">${outcome}</option>`).join("")}</select></label>
<label>Account <select name="account"><option value="">All</option></select></label>
<label>Region <select name="region"><option value="">All</option></select></label>
<label>Text <input name="text" type="search" placeholder="name, resource, reason" autocomplete="off"></label>
<button type="reset">Show all</button></form>`

export const renderHtml = (report: Report): string => {
  const { endedAt, entries, startedAt } = report
  const outcomes = entries.map(outcomeOf)
  const axes = axesOf(entries)
  const summary = summarize(report)
  const title = escapeHtml(report.title)
  const seconds = (DateTime.toEpochMillis(endedAt) - DateTime.toEpochMillis(startedAt)) / 1_000
  const started = DateTime.formatIso(startedAt)
  const inOrder = entries.map((entry, i) => ({ entry, outcome: outcomes[i] ?? "Nothing" }))
    .sort((a, b) => placeOutcomes.indexOf(a.outcome) - placeOutcomes.indexOf(b.outcome))
  const description = placeOutcomes.flatMap((outcome) => {
    const places = outcomes.filter((other) => other === outcome).length
    return places === 0 ? [] : [`${outcome}: ${count(places, "place")}`]
  })
  const policy = `default-src 'none'; style-src ${hash(style())}; script-src ${
    hash(script())
  }; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${style()}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="muted"><time datetime="${started}">${started.replace("T", " ").replace(/\.\d+Z$/, "")} UTC</time>, ${
    time(seconds)
  } long</p>
${report.isComplete ? "" : `<p id="incomplete" class="failure">${incomplete}</p>\n`}${sums(summary)}
<noscript><p>Filters, sorting and details need JavaScript, which is off here.</p></noscript>
<h2 id="accounts">Accounts and regions</h2>
<p id="picture-text">A row for each account, a column for each region${
    layOut(axes).isLabelled ? "" : ` (${axes.regions.map((region) => escapeHtml(regionLabel(region))).join(", ")})`
  }. ${description.join(", ")}.</p>
<ul class="key">${
    placeOutcomes.map((outcome) =>
      `<li>${mark(outcome, ` id="key-${outcome}"`)}<span>${outcome}: ${meanings[outcome]}</span></li>`
    ).join("")
  }</ul>
${filters()}
<div class="scroll"><div id="picture" class="picture" tabindex="0" role="application" aria-label="Accounts and regions. The arrow keys go from place to place, and Enter opens one." aria-describedby="where">
${picture(axes, entries, outcomes, `role="img" aria-labelledby="accounts" aria-describedby="picture-text"`)}
<div id="tip" hidden></div></div></div>
<p id="where" class="muted" aria-live="polite"></p>
${reasons(entries)}
<h2 id="places">Places</h2>
<p id="count" class="muted" aria-live="polite">${
    entries.length > STATIC_ROWS
      ? `The first ${STATIC_ROWS} of ${count(entries.length, "place")}`
      : count(entries.length, "place")
  }</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="places"><table id="table"><thead><tr>${
    columns.map(([by, title, className]) =>
      `<th scope="col" class="${className}" data-by="${by}"><button type="button">${title}</button></th>`
    ).join("")
  }</tr></thead>
<tbody id="rows">${
    inOrder.slice(0, STATIC_ROWS).map(({ entry, outcome }) => row(entry, outcome)).join("\n")
  }</tbody></table></div>
<div id="more" class="more" hidden><button type="button" id="next">Show 200 more</button><button type="button" id="all">Show all</button></div>
</main>
<dialog id="details" aria-labelledby="details-title"><header><h2 id="details-title"></h2><button type="button" id="close">Close</button></header>
<div id="details-body" class="body"></div></dialog>
<script type="application/json" id="data">${escapeJson(dataOf(axes, entries, outcomes))}</script>
<script>${script()}</script>
</body>
</html>
`
}
