// Tells when a page changes.
import * as fs from "node:fs"
import * as path from "node:path"

/**
 * Runs `onChange` soon after something in one of the folders, or one of the files, has changed. It watches the folders of the files:
 * many editors write a new file and put it in the old one's place, of which a watcher of the old one sees nothing.
 */
export const watch = (
  root: string,
  folders: ReadonlyArray<string>,
  files: ReadonlyArray<string>,
  onChange: () => void
): { readonly close: () => void } => {
  let timer: NodeJS.Timeout | undefined
  const changed = () => {
    clearTimeout(timer)
    timer = setTimeout(onChange, 100)
  }
  const watchers = [
    ...folders.map((folder) => fs.watch(path.join(root, folder), { recursive: true }, changed)),
    ...[...new Set(files.map((file) => path.posix.dirname(file)))].map((folder) =>
      fs.watch(path.join(root, folder), (_, name) => {
        if (name === null || files.includes(path.posix.join(folder, name))) changed()
      })
    )
  ]
  return {
    close: () => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    }
  }
}
