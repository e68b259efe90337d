// Runs TypeDoc on the sources.
import * as fs from "node:fs"
import * as path from "node:path"
import * as td from "typedoc"

export interface Sources {
  readonly tsconfig: string
  /** Each is a page. */
  readonly modules: ReadonlyArray<string>
  /** Modules that aren't public. The public ones re-export what is in them under a name of its own. */
  readonly hidden: ReadonlyArray<string>
}

export interface Converted {
  readonly project: td.ProjectReflection
  /** The module of each file, by its absolute path. */
  readonly modules: ReadonlyMap<string, td.DeclarationReflection>
  /** The ids of the aliases whose type, `typeof X.Type`, is written out. */
  readonly writtenOut: ReadonlySet<number>
  readonly warnings: ReadonlyArray<string>
}

/** Keeps TypeDoc's warnings: a link that leads nowhere is one. */
class Collected extends td.Logger {
  readonly lines: Array<string> = []
  override log(message: string, level: td.LogLevel): void {
    if (level >= td.LogLevel.Warn) this.lines.push(message)
  }
}

const scopeOf = (context: td.Context, reflection: td.Reflection): td.Context =>
  reflection.parent === undefined ? context : scopeOf(context, reflection.parent).withScope(reflection)

/** `typeof X.Type` says nothing to a reader: the type of what a Schema describes is written out. */
const writeOutSchemas = (app: td.Application): ReadonlySet<number> => {
  const writtenOut = new Set<number>()
  app.converter.on(td.Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const reflection of context.project.getReflectionsByKind(td.ReflectionKind.TypeAlias)) {
      if (!(reflection instanceof td.DeclarationReflection) || reflection.type?.type !== "query") continue
      const symbol = context.getSymbolFromReflection(reflection)
      const [declaration] = symbol?.declarations ?? []
      if (symbol === undefined || declaration === undefined) continue
      const program = context.programs.find((program) => program.getSourceFile(declaration.getSourceFile().fileName))
      if (program === undefined) continue
      context.setActiveProgram(program)
      const type = context.checker.getDeclaredTypeOfSymbol(symbol)
      reflection.type = app.converter.convertType(scopeOf(context, reflection), type)
      context.setActiveProgram(undefined)
      writtenOut.add(reflection.id)
    }
  })
  return writtenOut
}

export const convert = async ({ hidden, modules, tsconfig }: Sources): Promise<Converted> => {
  const logger = new Collected()
  const app = await td.Application.bootstrap({
    entryPoints: [...modules, ...hidden],
    tsconfig,
    skipErrorChecking: true,
    excludeExternals: true,
    excludePrivate: true,
    excludeReferences: false,
    sort: ["source-order"],
    disableGit: true,
    sourceLinkTemplate: "{path}",
    validation: { notExported: false, invalidLink: true, notDocumented: false, unusedMergeModuleWith: true },
    // Deeper types end in "(...)".
    maxTypeConversionDepth: 25,
    logLevel: "Warn"
  })
  app.logger = logger
  const writtenOut = writeOutSchemas(app)
  const project = await app.convert()
  if (project === undefined) throw new Error(`TypeDoc can't convert the sources.\n${logger.lines.join("\n")}`)
  app.validate(project)
  const byFile = new Map<string, td.DeclarationReflection>()
  for (const child of project.children ?? []) {
    const file = child.sources?.[0]?.fullFileName
    if (file !== undefined) byFile.set(path.resolve(file), child)
  }
  return { project, modules: byFile, writtenOut, warnings: logger.lines }
}

/** The TypeScript files of a folder and the folders in it. */
export const filesIn = (folder: string, include: (file: string) => boolean): ReadonlyArray<string> =>
  fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => path.join(folder, file))
    .filter((file) => file.endsWith(".ts") && include(file))
    .sort()
