// Wide tables scroll in a box of their own.
import { defineHastPlugin } from "satteri"

export const scrollableTables = defineHastPlugin({
  name: "scrollable-tables",
  element: {
    filter: ["table"],
    visit: (node, context) => {
      context.wrapNode(node, { type: "element", tagName: "div", properties: { className: ["table"] }, children: [] })
    }
  }
})

/** Lets the keyboard reach a table that scrolls. One that fits isn't a stop of the Tab key. */
export const script = `
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth <= target.clientWidth) target.removeAttribute("tabindex")
    else target.tabIndex = 0
  }
})
const boxes = ".sl-markdown-content :is(.table, :not(.table) > table)"
for (const box of document.querySelectorAll(boxes)) observer.observe(box)
`
