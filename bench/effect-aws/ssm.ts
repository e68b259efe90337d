import { SSM } from "@effect-aws/client-ssm"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { config, serve } from "../worker.ts"
import { repeat, runner } from "./run.ts"

const run = runner(SSM.layer(config))

serve({
  getParameter: ({ atOnce = 1, count }) =>
    run(repeat(count, atOnce, () => SSM.getParameter({ Name: "/bench/setting-0" }))),

  // Unlike the S3 client, this one has no Streams of pages.
  listParameters: ({ count }) =>
    run(
      Stream.paginateChunkEffect(undefined, (NextToken) =>
        Effect.map(
          SSM.getParametersByPath({ Path: `/bench/${count}`, NextToken }),
          (page) => [Chunk.unsafeFromArray(page.Parameters ?? []), Option.fromNullable(page.NextToken)]
        )).pipe(Stream.runFold(0, (parameters, { Value }) => Value ? parameters + 1 : parameters))
    )
})
