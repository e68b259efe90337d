/** New names and paths of users, groups and server certificates. */
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import * as Iam from "./state.ts"

/** Gives an entity another name or another path. Fails if another entity of its kind has the name. */
export const rename = Effect.fnUntraced(function*<A extends Iam.Named>(
  entity: A,
  to: { readonly name: string | undefined; readonly path: string | undefined },
  kind: {
    /** The beginning of the resource in an ARN. */
    readonly arn: string
    /** All entities, by the keys of their names. */
    readonly all: Map<string, A>
    readonly taken: (name: string) => Fault
  },
  context: HandlerContext
): Effect.fn.Return<void, Fault> {
  const { name = entity.name, path = entity.path } = to
  const other = kind.all.get(Iam.keyOf(name))
  if (other !== undefined && other !== entity) return yield* kind.taken(name)
  kind.all.delete(Iam.keyOf(entity.name))
  kind.all.set(Iam.keyOf(name), entity)
  entity.name = name
  entity.path = path
  entity.arn = Iam.arnOf(context, kind.arn, entity)
})
