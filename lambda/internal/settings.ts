// Options that can't be right. Programs in JavaScript may pass anything.
import { InvalidSetting } from "../../errors/internal/layerErrors.ts"
import { described } from "./failures.ts"

export const invalid = (option: string, input: unknown, expected: string): InvalidSetting =>
  new InvalidSetting({ setting: `the \`${option}\` option`, value: described(input), expected })
