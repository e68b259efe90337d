// Written by `npm run codes` from the installed SDK. Don't edit it.
import type * as sdk from "@aws-sdk/client-appconfigdata"
import type { CommandCodes } from "../internal/commandCodes.ts"

/** The codes that AWS documents for the commands of AppConfig. */
export type AppConfigCodes = CommandCodes<typeof sdk, {
  GetLatestConfigurationCommand: "BadRequestException" | "InternalServerException" | "ResourceNotFoundException" | "ThrottlingException"
  StartConfigurationSessionCommand: "BadRequestException" | "InternalServerException" | "ResourceNotFoundException" | "ThrottlingException"
}>
