// `effect-aws-sdk create`: a new project from the template that comes with the package.
import * as fs from "node:fs"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { type Manifest, ownPackage } from "./version.ts"

export const createHelp = `Usage: effect-aws-sdk create FOLDER

Makes a project in FOLDER, which has to be new or empty: a program, its tests, a Lambda function, a container. The project
gets the folder's name.

Options:
  --help  print this help

It needs no network.
`

/** The name that files of the template have where a project has its own. */
const placeholder = "my-service"

/** npm never packs a .gitignore, and a package.json would make the template a package inside of this one. */
const renamed: Readonly<Record<string, string>> = { gitignore: ".gitignore", "manifest.json": "package.json" }

/** What may be in the template's folder and doesn't belong to the template: somebody has worked there. */
const skipped = ["node_modules", "dist", "package-lock.json"]

/** A problem that the user can solve. The exit code is 2 if the arguments are wrong, and 1 if the disk is. */
class Refused extends Error {
  readonly exitCode: 1 | 2
  constructor(exitCode: 1 | 2, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

const checkName = (name: string, packages: ReadonlyArray<string>): void => {
  const problem = !/^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$/.test(name)
    ? "Begin with a letter, end with a letter or a digit, and use lowercase letters, digits and dashes, at most 50 characters"
    : /^(aws|ssm)/.test(name)
    ? "AWS reserves parameters whose names begin with aws or ssm, and the project has a parameter with its name"
    : /^(xn--|sthree-|amzn-s3-demo-)/.test(`${name}-`)
    ? "AWS reserves buckets whose names begin with xn--, sthree- or amzn-s3-demo-, and the project's tests have buckets with its name"
    : /^(con|prn|aux|nul|(com|lpt)[0-9])$/.test(name)
    ? "Windows reserves this name"
    : name === "scratch"
    ? "Docker reserves this name, and the project's image has it"
    : packages.includes(name)
    ? "The project installs a package of this name"
    : undefined
  if (problem !== undefined) {
    throw new Refused(
      2,
      `${JSON.stringify(name)} can't be the project's name, which is that of its folder. ${problem}.`
    )
  }
}

/** The manifest of the project: its name, and the versions that this package has or was tested with. */
const manifestOf = (name: string, text: string, own: Manifest): string => {
  const manifest = JSON.parse(text) as Manifest
  const rangeOf = (dependency: string): string => {
    if (dependency === own.name) return `^${own.version}`
    const tested = own.devDependencies?.[dependency]
    const range = own.peerDependencies?.[dependency] ?? own.dependencies?.[dependency] ?? (tested && `^${tested}`)
    if (range === undefined) throw new Error(`The package doesn't say which version of ${dependency} it takes.`)
    return range
  }
  const ranges = (dependencies: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.keys(dependencies).map((dependency) => [dependency, rangeOf(dependency)]))
  const { dependencies, devDependencies } = manifest
  const complete = { ...manifest, name, dependencies: ranges(dependencies), devDependencies: ranges(devDependencies) }
  return `${JSON.stringify(complete, null, 2)}\n`
}

/** Writes the project into a folder that exists. */
const write = (template: string, folder: string, name: string, own: Manifest): void => {
  for (const entry of fs.readdirSync(template, { withFileTypes: true })) {
    if (skipped.includes(entry.name)) continue
    const from = path.join(template, entry.name)
    const to = path.join(folder, renamed[entry.name] ?? entry.name)
    if (entry.isDirectory()) {
      fs.mkdirSync(to)
      write(from, to, name, own)
      continue
    }
    const text = fs.readFileSync(from, "utf8").replaceAll(placeholder, name)
    fs.writeFileSync(to, entry.name === "manifest.json" ? manifestOf(name, text, own) : text, { flag: "wx" })
  }
}

const notEmpty = (folder: string, entry: string): Refused =>
  new Refused(1, `${folder} isn't empty: it has ${entry}. Name a new folder, or empty this one.`)

/** What is in a folder, or `undefined` if there is none. */
const entriesOf = (folder: string): ReadonlyArray<string> | undefined => {
  try {
    return fs.readdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT") return undefined
    if (code === "ENOTDIR") throw new Refused(1, `${folder} isn't a folder, or is inside of something that isn't one.`)
    throw error
  }
}

/** Removes the folders from `lowest` up to `highest`, as far as they are empty: another program may have put something there. */
const removeEmpty = (lowest: string, highest: string): void => {
  for (let folder = lowest; folder.length >= highest.length; folder = path.dirname(folder)) {
    try {
      fs.rmdirSync(folder)
    } catch {
      return
    }
  }
}

/** What a folder is called into which the project is written first. Its fixed name keeps a second command out of an empty folder. */
const creating = ".creating"

/**
 * Writes the project beside its place, and moves it there when it is whole. If something fails, nothing is left: not even the
 * folders above that didn't exist before.
 */
const place = (folder: string, exists: boolean, fill: (staging: string) => void): void => {
  const above = path.dirname(folder)
  const made = exists ? undefined : fs.mkdirSync(above, { recursive: true })
  let staging: string | undefined
  const moved: Array<string> = []
  try {
    if (exists) {
      // A folder that exists stays what it is: it may be the one in which the user is.
      const inside = path.join(folder, creating)
      fs.mkdirSync(inside)
      staging = inside
      const other = fs.readdirSync(folder).find((entry) => entry !== creating)
      if (other !== undefined) throw notEmpty(folder, other)
    } else {
      staging = fs.mkdtempSync(path.join(above, `${creating}-`))
    }
    fill(staging)
    if (exists) {
      for (const entry of fs.readdirSync(staging)) {
        fs.renameSync(path.join(staging, entry), path.join(folder, entry))
        moved.push(path.join(folder, entry))
      }
      fs.rmdirSync(staging)
    } else {
      fs.chmodSync(staging, 0o777 & ~process.umask())
      fs.renameSync(staging, folder)
    }
  } catch (error) {
    for (const left of [...moved, staging]) {
      if (left !== undefined) fs.rmSync(left, { recursive: true, force: true })
    }
    if (made !== undefined) removeEmpty(above, made)
    throw error
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "You may not write there.",
  EPERM: "You may not write there.",
  EROFS: "The disk can only be read.",
  ENOSPC: "The disk is full.",
  ENOTDIR: "It, or something above it, isn't a folder.",
  ENAMETOOLONG: "The path is too long.",
  EEXIST: "Something else has made it at the same time.",
  ENOTEMPTY: "Something else has made it at the same time."
}

const messageOf = (folder: string, error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  return `${folder} can't be created, and nothing is left of it. ${reasons[code ?? ""] ?? message}`
}

const positionalOf = (args: ReadonlyArray<string>): string | undefined => {
  let parsed
  try {
    parsed = parseArgs({
      args: [...args],
      options: { help: { type: "boolean", short: "h", default: false } },
      allowPositionals: true
    })
  } catch (error) {
    const message = (error as Error).message.split(". ")[0]!
    throw new Refused(2, `${message.replace(/\.?$/, ".")}\nThe usage: effect-aws-sdk create --help`)
  }
  const { positionals: [folder, ...others], values } = parsed
  if (values.help) return undefined
  if (folder === undefined || folder === "") {
    throw new Refused(2, "Say which folder to create: effect-aws-sdk create my-service.")
  }
  if (others.length > 0) throw new Refused(2, `Name one folder only. Unexpected: ${others.join(" ")}.`)
  return folder
}

/** A path as a shell reads it. In double quotes, which each shell has, some characters still mean something. */
const quoted = (text: string): string => {
  const safe = text.startsWith("-") ? `./${text}` : text
  if (/^[\w./-]+$/.test(safe)) return safe
  return process.platform !== "win32" && /["$`\\!]/.test(safe) ? `'${safe.replaceAll("'", "'\\''")}'` : `"${safe}"`
}

const currentFolder = (): string => {
  try {
    return process.cwd()
  } catch {
    throw new Refused(1, "The folder in which you are doesn't exist any more. Go to one that does.")
  }
}

/** The project may need a newer Node than this command. `range` is what its manifest says: `>=24`. */
const adviceOnNode = (range: string | undefined): string => {
  const needed = range?.match(/\d+/)?.[0]
  return needed === undefined || Number.parseInt(process.versions.node) >= Number(needed)
    ? ""
    : `\nThe project needs Node ${needed} or later, and this is Node ${process.versions.node}: switch first.\n`
}

const run = (args: ReadonlyArray<string>): string => {
  const given = positionalOf(args)
  if (given === undefined) return createHelp
  const own = ownPackage()
  if (own === undefined) throw new Error("The template is missing: this program isn't where npm has installed it.")
  const template = path.join(own.folder, "examples", "template")
  const folder = path.resolve(currentFolder(), given)
  const name = path.basename(folder)
  const { dependencies, devDependencies, engines } = JSON.parse(
    fs.readFileSync(path.join(template, "manifest.json"), "utf8")
  ) as Manifest
  checkName(name, Object.keys({ ...dependencies, ...devDependencies }))
  try {
    const entries = entriesOf(folder)
    if (entries !== undefined && entries.length > 0) {
      throw notEmpty(folder, entries[0]!)
    }
    place(folder, entries !== undefined, (staging) => write(template, staging, name, own.manifest))
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(1, messageOf(folder, error))
  }
  const away = path.relative(currentFolder(), folder)
  const enter = away === "" ? "" : `  cd ${quoted(away)}\n`
  return `${name} is in ${folder}. Next:

${enter}  npm install
  npm run demo   # the program, on an AWS in memory
  npm test

README.md says what each file is for, and how to deploy it.
${adviceOnNode(engines?.["node"])}`
}

/** Runs the command. Returns the exit code. */
export const create = (args: ReadonlyArray<string>): number => {
  // The work takes milliseconds, and doesn't stop in the middle: a Ctrl-C finds the project whole, or nothing.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {})
  // Whoever reads the output may have ended. The project is there nevertheless.
  process.stdout.on("error", () => {})
  try {
    process.stdout.write(run(args))
    return 0
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    process.stderr.write(`${error.message}\n`)
    return error.exitCode
  }
}
