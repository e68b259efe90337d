// `send`, `pages` and `items` of a service, each by itself: a program bundles those that it uses.
import type { AwsService } from "../AwsService.ts"
import type { SdkClient, SdkClientClass } from "../Call.ts"
import * as Calls from "./calls.ts"

/** A client whose calls may fail with the codes of `Table`. */
export interface Service<in out Client extends SdkClient, in out Table = never> extends Calls.Caller {
  readonly "~client"?: Client
  readonly "~codes"?: Table
}

/** A client whose protocol has XML. */
export const ofXml = <Client extends SdkClient, Table = never>(
  Client: SdkClientClass<Client>
): Service<Client, Table> => Calls.callerOfAny(Client)

/** A client whose protocol has none, so that a program with it doesn't bundle the reader of XML. */
export const of = <Client extends SdkClient, Table = never>(Client: SdkClientClass<Client>): Service<Client, Table> =>
  Calls.callerOf(Client)

export const sendOf = <Client extends SdkClient, Table>(
  service: Service<Client, Table>
): AwsService<Client, Table>["send"] => service.send

export const pagesOf = <Client extends SdkClient, Table>(
  service: Service<Client, Table>
): AwsService<Client, Table>["pages"] => Calls.pagesOf(service) as AwsService<Client, Table>["pages"]

export const itemsOf = <Client extends SdkClient, Table>(
  service: Service<Client, Table>
): AwsService<Client, Table>["items"] => Calls.itemsOf(Calls.pagesOf(service))
