// Shows a reader who comes from elsewhere where the page is in the sidebar, which is longer than the window. Within the site, Starlight
// keeps the sidebar where the reader has left it.

export const script = `
const pane = document.getElementById("starlight__sidebar")
const link = pane?.querySelector("[aria-current=page]")
if (link) {
  const { bottom, top } = link.getBoundingClientRect()
  const box = pane.getBoundingClientRect()
  if (top < box.top || bottom > box.bottom) pane.scrollTop += top - box.top - box.height / 2
}
`
