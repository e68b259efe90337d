// Makes elements of the tables that the reference has in HTML, so that they get the box of a wide table. The parser's own option for this
// loses the titles and languages of the blocks of code.
import { defineHastPlugin, htmlToHast } from "satteri"

export const parsedHtml = defineHastPlugin({
  name: "parsed-html",
  raw: (node, context) => {
    if (!/^<table\b[^]*<\/table>\s*$/.test(node.value)) return
    const root = htmlToHast(node.value.trim(), { fragment: true })
    const [element] = "children" in root ? root.children : []
    if (element?.type === "element") context.replaceNode(node, element)
  }
})
