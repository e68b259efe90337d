/** Changes to the SDK's source that change nothing for a program that uses the SDK itself. */
export interface Mutation {
  /** Every pattern is global, and has to match. */
  readonly changes: ReadonlyArray<readonly [pattern: RegExp, replacement: string]>
}

const renamed = (name: string): Mutation => ({ changes: [[new RegExp(`\\b${name}\\b`, "g"), `${name}Renamed`]] })

export const mutations: Readonly<Record<string, Mutation>> = {
  "the option CommandCtor has another name": renamed("CommandCtor"),
  "the option middlewareFn has another name": renamed("middlewareFn"),
  "the method resolveMiddlewareWithContext has another name": renamed("resolveMiddlewareWithContext"),
  "stacks are joined by a method of another name": {
    changes: [
      [/clientStack\.concat\(this\.middlewareStack\)/g, "clientStack.join(this.middlewareStack)"],
      [/(\n\s+)concat: \(from\) => \{/g, "$1join: (from) => {"]
    ]
  },
  "the plugins of a command look at its input": {
    changes: [[/requestAlgorithmMember: \{/g, "input: this.input, requestAlgorithmMember: {"]]
  },
  "the path is at another position in the schema": {
    changes: [
      [/\[_h\]: \["([A-Z]+)", "([^"]+)", (\d+)\]/g, "[_h]: [\"$1\", $3, \"$2\"]"],
      [/http\?\.\[1\]\.split/g, "http?.[2].split"]
    ]
  },
  "the members of a schema are listed by a method of another name": renamed("structIterator"),
  "the XML parser has another name": renamed("parseXml"),
  "the XML parser adds something to its results": {
    changes: [[
      /(parseXml\(xml\) \{)/g,
      "$1 return Object.assign(this.original(xml), { more: \"\" }) } original(xml) {"
    ]]
  },
  "the XML reader has another name for its walk through a tree": renamed("readSchema"),
  "the XML reader knows the items of a list by another method": renamed("getValueSchema"),
  "the names of elements are given by another method": renamed("getMemberTraits"),
  "the context has the abort signal under another name": {
    changes: [
      [/\{ abortSignal: options\.abortSignal \}/g, "{ signal: options.abortSignal }"],
      [/\[(types\.)?SMITHY_CONTEXT_KEY\]\?\.abortSignal/g, "[$1SMITHY_CONTEXT_KEY]?.signal"]
    ]
  },
  "the context has the schema under another name": renamed("operationSchema"),
  "protocols have their name elsewhere": renamed("getShapeId"),
  "the retry middleware has another name": { changes: [[/"retryMiddleware"/g, "\"retryMiddlewareRenamed\""]] },
  // Then the SDK compares the body of a download as well.
  "bodies are checked whatever the input of the call is after the request": {
    changes: [[/input\[requestValidationModeMember\] === "ENABLED"/g, "requestValidationModeMember"]]
  },
  "the HTTP handler takes no agent": {
    changes: [[/if \((https?Agent) instanceof [\w.]+ \|\| typeof \1\?\.destroy === "function"\) \{/g, "if (false) {"]]
  },
  // As the HTTP client of Cloudflare Workers does.
  "the HTTP client sends requests without the agent that the HTTP handler has": {
    changes: [[/\n\s+agent,\n/g, "\n"]]
  },
  "the logger middleware has another name": { changes: [[/"loggerMiddleware"/g, "\"loggerMiddlewareRenamed\""]] }
}

/** Further changes, to what only the emulator relies on. */
export const emulatorMutations: Readonly<Record<string, Mutation>> = {
  "protocols give their codec by a method of another name": renamed("getPayloadCodec"),
  "codecs make their serializer by a method of another name": renamed("createSerializer"),
  "serializers give what they wrote by a method of another name": renamed("flush"),
  "schemas have their traits under another name": renamed("getMergedTraits"),
  "lists are recognized by a method of another name": renamed("isListSchema"),
  "clients have the settings of their protocol under another name": renamed("protocolSettings"),
  "clients have their errors under another name": renamed("errorTypeRegistries"),
  "registries have their schemas under another name": {
    changes: [[/(\n\s+)schemas;/g, "$1schemasRenamed;"], [/\.schemas\b/g, ".schemasRenamed"], [
      /const \{ schemas, exceptions \} = this/g,
      "const { schemasRenamed: schemas, exceptions } = this"
    ]]
  },
  "operations are of another kind": { changes: [[/= \[9, n0, /g, "= [19, n0, "]] },
  "event streams are written by a method of another name": renamed("serializeEventStream")
}
