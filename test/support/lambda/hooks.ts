// Lets AWS's runtime client run without its native addon, which is built with cmake. `node --import` loads this first: where the
// client requires its addon, it gets ./addon.ts.
//
// AWS's, unchanged: everything in aws-lambda-ric. It loads the function, asks for events (by its own HTTP client in Node, which
// AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1 selects), makes the context, patches the console, calls the handler, makes the answer or
// the error, streams answers, and reports a failed init. Not AWS's: who sends an answer or an error that isn't streamed.
import { registerHooks } from "node:module"

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "./rapid-client.node" && context.parentURL?.includes("/aws-lambda-ric/") === true
      ? { url: new URL("./addon.ts", import.meta.url).href, format: "module-typescript", shortCircuit: true }
      : next(specifier, context)
})
