/**
 * The table of a service's documented codes, as pairs of a command and its codes.
 *
 * `Codes` maps the *name* of a command to its codes. The name is looked up in the client's module (`Sdk`), and a command
 * that the installed client doesn't have yet is left out: naming the class itself would be a compile error there.
 */
export type CommandCodes<Sdk, Codes> = {
  [Name in keyof Codes & keyof Sdk]: Sdk[Name] extends { readonly prototype: infer Command } ? [Command, Codes[Name]]
    : never
}[keyof Codes & keyof Sdk]
