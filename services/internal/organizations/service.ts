import { OrganizationsClient } from "@aws-sdk/client-organizations"
import type { OrganizationsCodes } from "../../../errors/codes/Organizations.ts"
import * as Service from "../../../src/internal/service.ts"

const service = Service.of<OrganizationsClient, OrganizationsCodes>(OrganizationsClient)

// For the modules of this folder.
export const send = Service.sendOf(service)
export const pages = Service.pagesOf(service)
export const items = Service.itemsOf(service)
