/** What a folder of the package holds. A file of another kind got there by mistake. */
const kinds: ReadonlyArray<RegExp> = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|AGENTS\.md|llms\.txt|index\.ts)$/,
  /^dist\/.+\.(js|js\.map|d\.ts|d\.ts\.map)$/,
  /^(src|services|layers|emulator|errors|domain|lambda|fleet)\/.+(?<!\.test)\.ts$/,
  /^docs\/.+\.md$/,
  /^docs\/images\/.+\.(png|svg)$/,
  /^examples\/(?!template\/)([\w-]+\/)*[\w-]+\.ts$/,
  /^examples\/template\/(Dockerfile|README\.md|gitignore|manifest\.json|template\.yaml|tsconfig\.json|\.dockerignore)$/,
  /^examples\/template\/(\.github\/workflows\/\w+\.yml|src\/\w+\.ts|test\/\w+\.test\.ts)$/
]

/** Whether the package may have a file with this path. */
export const belongs = (file: string): boolean => kinds.some((kind) => kind.test(file))
